package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"makegood/order"
)

var (
	// ErrCommitted says that a Release came after the order's Commit.
	ErrCommitted = errors.New("the order's units have already left the stock")
	// ErrNotHeld says that a Commit found nothing held for its order.
	ErrNotHeld = errors.New("nothing is held for the order")
	// ErrUnbalanced says that less is held of a SKU than the order's record
	// holds: somebody changed the stock by hand. Nothing was changed.
	ErrUnbalanced = errors.New("the stock holds less than the order's record says")
)

// Reserve holds the quantity of every line for the order, all or none.
// It is safe to retry: the first outcome is returned again.
// A shortage is a Rejection with order.OutOfStock that names each short SKU,
// an unknown one included; a Release that came before, one with order.Fenced.
func (s *Stock) Reserve(ctx context.Context, o order.Order) (order.Outcome, error) {
	answer, err := s.run(ctx, reserveScript, o)
	if err != nil {
		return order.Outcome{}, fmt.Errorf("reserve stock for %s: %w", o.ID, err)
	}
	outcome := order.Outcome{Step: order.Reserve, At: answer.at}
	switch answer.word {
	case "held":
		return outcome, nil
	case "short":
		outcome.Reason = order.OutOfStock
		if outcome.Shortages, err = answer.shortages(); err != nil {
			return order.Outcome{}, fmt.Errorf("reserve stock for %s: %w", o.ID, err)
		}
		return order.Outcome{}, order.Reject(outcome)
	case "fenced":
		outcome.Reason = order.Fenced
		return order.Outcome{}, order.Reject(outcome)
	}
	return order.Outcome{}, fmt.Errorf("reserve stock for %s: %w", o.ID, answer.err())
}

// Commit takes the order's held units out of the stock.
// It is safe to retry: the first outcome is returned again.
// It returns ErrNotHeld if the order was never reserved, was refused or was
// released.
func (s *Stock) Commit(ctx context.Context, o order.Order) (order.Outcome, error) {
	answer, err := s.run(ctx, commitScript, o)
	if err != nil {
		return order.Outcome{}, fmt.Errorf("commit stock of %s: %w", o.ID, err)
	}
	if answer.word == "committed" {
		return order.Outcome{Step: order.Commit, At: answer.at}, nil
	}
	return order.Outcome{}, fmt.Errorf("commit stock of %s: %w", o.ID, answer.err())
}

// Release gives the order's held units back. If none are held the outcome is
// Null, and a Reserve that arrives later is refused all the same.
// It is safe to retry: the first outcome is returned again.
// It returns ErrCommitted once the units have left.
func (s *Stock) Release(ctx context.Context, o order.Order) (order.Outcome, error) {
	answer, err := s.run(ctx, releaseScript, o)
	if err != nil {
		return order.Outcome{}, fmt.Errorf("release stock of %s: %w", o.ID, err)
	}
	switch answer.word {
	case "released", "fenced":
		return order.Outcome{Step: order.Release, At: answer.at, Null: answer.word == "fenced"}, nil
	}
	return order.Outcome{}, fmt.Errorf("release stock of %s: %w", o.ID, answer.err())
}

func (s *Stock) run(ctx context.Context, script *redis.Script, o order.Order) (answer, error) {
	if err := checkLines(o.Lines); err != nil {
		return answer{}, err
	}
	return s.runFor(ctx, script, DemandOf(o), more{})
}

// more is what a script takes after what all scripts of an order take.
type more struct {
	keys []string
	args []any
}

func (s *Stock) runFor(ctx context.Context, script *redis.Script, d Demand, more more) (answer, error) {
	text, err := json.Marshal(d.quantities())
	if err != nil {
		return answer{}, err
	}
	keys := []string{s.keys.holds(), s.keys.order(d.Order)}
	args := []any{d.Fingerprint, s.keepFor.Milliseconds(), text, string(d.Order)}
	for _, l := range d.Lines {
		keys = append(keys, s.keys.available(l.SKU))
		if script != reserveScript {
			keys = append(keys, s.keys.onHand(l.SKU), s.keys.sold(l.SKU))
		}
		args = append(args, l.Quantity)
	}
	words, err := s.together.Run(ctx, script, append(keys, more.keys...), append(args, more.args...)...).StringSlice()
	if err != nil {
		return answer{}, err
	}
	return newAnswer(words, d.Lines)
}

func checkLines(lines []order.Line) error {
	if len(lines) == 0 || len(lines) > MaxLines {
		return fmt.Errorf("an order has 1 to %d lines, not %d", MaxLines, len(lines))
	}
	room := int64(MaxUnits)
	for _, l := range lines {
		if l.Quantity < 1 || l.Quantity > room {
			return fmt.Errorf("quantity %d of %s: it must be at least 1, and at most %d for all lines together", l.Quantity, l.SKU, int64(MaxUnits))
		}
		room -= l.Quantity
	}
	return nil
}
