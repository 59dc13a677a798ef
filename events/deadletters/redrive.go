package deadletters

import (
	"context"
	"fmt"
	"slices"
	"strconv"
)

// Redrive asks for the letter to be given back to its consumer, and returns it
// without its body. It is durable, needs no broker, and is safe to repeat: one
// that is redriving or redriven stays so. It returns ErrUnknown or ErrDiscarded.
func (x *Index) Redrive(ctx context.Context, id string) (Letter, error) {
	letters, err := x.load(ctx, []string{id}, false)
	if err == nil && len(letters) == 0 {
		err = ErrUnknown
	}
	if err == nil {
		_, err = x.mark(ctx, letters)
	}
	if err == nil && letters[0].State == "" { // forgotten in between
		err = ErrUnknown
	}
	if err == nil && letters[0].State == Discarded {
		err = ErrDiscarded
	}
	if err != nil {
		return Letter{}, fmt.Errorf("redrive dead letter %s: %w", id, err)
	}
	return letters[0], nil
}

// RedriveAll asks for it for the dead letters that match, some thousand at a
// time: it returns how many, and where to go on, empty at the end. Letters that
// die after the first call are none of them. It is safe to repeat.
func (x *Index) RedriveAll(ctx context.Context, f Filter, cursor string) (marked int, next string, err error) {
	fail := func(err error) (int, string, error) {
		return marked, next, fmt.Errorf("redrive dead letters: %w", err)
	}
	f.State = Dead
	before, err := parseCursor(cursor)
	if err != nil {
		return 0, "", err
	}
	for looked := 0; looked < mostLooked; looked += chunk {
		found, last, err := x.look(ctx, f, before, chunk)
		if err != nil {
			return fail(err)
		}
		n, err := x.mark(ctx, found)
		if err != nil {
			return fail(err)
		}
		marked += n
		if last == 0 {
			return marked, "", nil
		}
		before = last
	}
	return marked, strconv.FormatInt(before, 10), nil
}

// mark marks those letters that are dead, sets the state of each, empty of one
// that is not there, and returns how many became redriving.
func (x *Index) mark(ctx context.Context, letters []Letter) (int, error) {
	byConsumer := map[string][]int{}
	for i, l := range letters {
		byConsumer[l.Consumer] = append(byConsumer[l.Consumer], i)
	}
	marked := 0
	for consumer, places := range byConsumer {
		names := []string{x.keys.marked(consumer)}
		var ids []any
		for _, i := range places {
			names = append(names, x.keys.letter(letters[i].ID))
			ids = append(ids, letters[i].ID)
		}
		states, err := markScript.Run(ctx, x.redis, names, ids...).StringSlice()
		if err != nil {
			return marked, err
		}
		for k, i := range places {
			if letters[i].State == Dead && State(states[k]) == Redriving {
				marked++
			}
			letters[i].State = State(states[k])
		}
	}
	return marked, nil
}

// Claim leases up to n of the consumer's letters that are to be redriven, with
// their bodies, to this process. Whoever gives them back says so with Redriven;
// otherwise somebody may claim them again once Config.Lease is over.
func (x *Index) Claim(ctx context.Context, consumer string, n int) ([]Letter, error) {
	_, ids, err := x.claim(ctx, x.keys.marked(consumer), n, x.cfg.Lease)
	if err != nil {
		return nil, fmt.Errorf("claim dead letters of %s: %w", consumer, err)
	}
	letters, err := x.load(ctx, ids, true)
	if err != nil {
		return nil, fmt.Errorf("claim dead letters of %s: %w", consumer, err)
	}
	// By now one may be given back, and without a body, discarded, or dead again.
	return slices.DeleteFunc(letters, func(l Letter) bool { return l.State != Redriving }), nil
}

// Redriven takes a letter that was claimed, and given back since, off the open
// ones. It does nothing to one that has died again meanwhile.
func (x *Index) Redriven(ctx context.Context, l Letter) error {
	done, err := redrivenScript.Run(ctx, x.redis, []string{
		x.keys.letter(l.ID), x.keys.list(Dead), x.keys.list(Redriven), x.keys.marked(l.Consumer), x.keys.place(),
	}, l.ID, l.death).Bool()
	if err != nil {
		return fmt.Errorf("take dead letter %s off the index: %w", l.ID, err)
	}
	if done {
		x.metrics.redriven.WithLabelValues(l.Consumer).Inc()
		x.cfg.Log.InfoContext(ctx, "a dead letter was redriven", l.attrs()...)
	}
	return nil
}
