package audit

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"

	"makegood/history"
	"makegood/inventory"
	"makegood/order"
)

// forgottenAfter is how old a hold is before anybody asks what has become of
// its order. A saga whose hold is older is slow, not lost.
const forgottenAfter = 10 * time.Minute

// Holds frees what is held for an order that has come to its end without it,
// or that Temporal doesn't know: it asks about that very workflow, since lists
// lag. What is freed leaves a tombstone, so that an activity of that order that
// is late does nothing.
func (s *Stocktaking) Holds(ctx context.Context) error {
	before := time.Now().Add(-forgottenAfter)
	var old []order.ID
	for cursor := uint64(0); ; {
		holds, next, err := s.Stock.Holds(ctx, cursor)
		if err != nil {
			return err
		}
		for _, hold := range holds {
			if hold.Since.Before(before) {
				old = append(old, hold.Order)
			}
		}
		if cursor = next; cursor == 0 {
			return s.each(ctx, old, s.hold)
		}
	}
}

func (s *Stocktaking) hold(ctx context.Context, id order.ID) error {
	recorded, err := history.Read(ctx, s.Temporal, id)
	missing := (*serviceerror.NotFound)(nil)
	switch {
	case errors.As(err, &missing):
		return s.free(ctx, id)
	case err != nil:
		return err
	case !recorded.Closed || recorded.Broken: // under way, or it will be unwound
		return nil
	}
	if want, ok := dueOf(recorded); ok && want.target == inventory.Committed {
		return s.compare(ctx, recorded)
	}
	return s.free(ctx, id)
}

func (s *Stocktaking) free(ctx context.Context, id order.ID) error {
	records, err := s.Stock.Records(ctx, []order.ID{id})
	if err != nil || records[0].State != inventory.Held {
		return err
	}
	return s.settle(ctx, records[0].Demand, inventory.Held, inventory.Released, true)
}
