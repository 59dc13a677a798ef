package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrChanged says that a record is no longer in the state that a repair began
// from: look again.
var ErrChanged = errors.New("the order's record has changed meanwhile")

// Repair puts the record of an order that was seen in one state in another, and
// the stock with it. Unlike Reserve and Commit it asks no one whether there is
// enough: it is for what has happened, and may leave less on hand than is held,
// which is oversold. It keeps why in the record. It is safe to retry: a repair
// that was done says ErrChanged. It may also return ErrUnknownSKU, or
// ErrUnbalanced for Recount to mend first.
func (s *Stock) Repair(ctx context.Context, d Demand, seen, to State, why string) error {
	reason, err := json.Marshal(why)
	if err != nil {
		return err
	}
	answer, err := s.runFor(ctx, repairScript, d, string(to), string(seen), reason)
	if err == nil && answer.word != "repaired" {
		err = answer.err()
	}
	if err != nil {
		return fmt.Errorf("repair the stock of %s from %q to %q: %w", d.Order, seen, to, err)
	}
	return nil
}
