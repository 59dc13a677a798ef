package deadletters

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"makegood/events"
)

const (
	// every is how often it is looked for letters to redrive: how long an
	// operator's word waits when all is well.
	every = 500 * time.Millisecond
	// expireEvery lets a thousand letters a minute expire.
	expireEvery = 6 * time.Second
	// lastPause is how late it is noticed that Redis or the broker is back.
	lastPause = 5 * time.Second
	// redriveBatch is given back at once. It has some 100 kB, at most 50 MB.
	redriveBatch = 50
	// addTimeout bounds a round trip to Redis.
	addTimeout = 5 * time.Second
)

// Keep puts the dead letters of the consumers into the index, gives back those
// that are to be redriven, and forgets those whose time is over, until ctx ends.
// The process that runs a consumer runs this beside it; several may.
//
// Neither Redis nor the broker has to be there: what is dead waits in the
// transport, and what is to be redriven in the index. It returns an error only
// for a consumer that can't be.
func (x *Index) Keep(ctx context.Context, transport events.DeadLetters, consumers ...events.Consumer) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range consumers {
		group.Go(func() error {
			return transport.Collect(ctx, c, func(ctx context.Context, dead events.DeadLetter) error {
				ctx, cancel := context.WithTimeout(ctx, addTimeout)
				defer cancel()
				return x.Add(ctx, dead)
			})
		})
		group.Go(func() error {
			x.repeat(ctx, "redrive", every, redriveBatch, func(ctx context.Context) (int, error) {
				return x.giveBack(ctx, transport, c.Name)
			})
			return nil
		})
	}
	group.Go(func() error {
		x.repeat(ctx, "expire", expireEvery, mostExpired, x.Expire)
		return nil
	})
	return group.Wait()
}

// repeat does the work until ctx ends: again at once while there is a full
// batch of it, else after a while, or after a pause that grows while it fails.
func (x *Index) repeat(ctx context.Context, what string, after time.Duration, batch int, work func(context.Context) (int, error)) {
	failing := false
	for pause := after; ctx.Err() == nil; {
		n, err := work(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				x.cfg.Log.Warn("dead letters have to wait", "for", what, "error", err)
			}
			failing = true
			pause = max(after, min(2*pause, lastPause))
		default:
			if failing {
				x.cfg.Log.Info("dead letters wait no longer", "for", what)
			}
			failing, pause = false, after
		}
		if err == nil && n == batch {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// giveBack redrives one batch. What it published and could not take off the
// index is published again, and the inbox sees to that. The end of ctx does not
// leave a batch half done.
func (x *Index) giveBack(ctx context.Context, transport events.DeadLetters, consumer string) (int, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), x.cfg.Lease*2/3)
	defer cancel()
	letters, err := x.Claim(ctx, consumer, redriveBatch)
	if err != nil || len(letters) == 0 {
		return 0, err
	}
	bodies := make([][]byte, len(letters))
	for i, l := range letters {
		bodies[i] = l.Body
	}
	if err := transport.Redrive(ctx, consumer, bodies); err != nil {
		return 0, err
	}
	for _, l := range letters {
		if err := x.Redriven(ctx, l); err != nil {
			return 0, err
		}
	}
	return len(letters), nil
}
