package inventory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
)

// ErrChanged says that a record is no longer in the state that a repair began
// from: look again.
var ErrChanged = errors.New("the order's record has changed meanwhile")

// Repair puts the record of an order that was seen in one state in another, and
// the stock with it. Unlike Reserve and Commit it asks no one whether there is
// enough: it is for what has happened, and may leave less on hand than is held,
// which is oversold. A record of its own keeps why. From a state to the same one
// it changes no level, and lists the order among the holds as it has to be.
// It is safe to retry: a repair that was done says ErrChanged. It may also return ErrUnknownSKU, or
// ErrUnbalanced for Recount to mend first.
func (s *Stock) Repair(ctx context.Context, d Demand, seen, to State, why string) error {
	answer, err := s.runFor(ctx, repairScript, d, more{
		keys: []string{s.keys.operation("repair-" + rand.Text())},
		args: []any{string(to), string(seen), why},
	})
	if err == nil && answer.word != "repaired" {
		err = answer.err()
	}
	if err != nil {
		return fmt.Errorf("repair the stock of %s from %q to %q: %w", d.Order, seen, to, err)
	}
	return nil
}
