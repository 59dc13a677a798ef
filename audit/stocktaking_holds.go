package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"makegood/history"
	"makegood/inventory"
	"makegood/order"
	"makegood/workflows"
)

// forgottenAfter is how old a hold is before anybody asks what has become of
// its order. A saga whose hold is older is slow, not lost.
const forgottenAfter = 10 * time.Minute

// ErrStranger says that Temporal knows nobody of whom the stock holds units.
var ErrStranger = errors.New("this namespace of Temporal has no order at all, and the stock holds units for some: they do not belong together")

// Holds gives back what is held for an order that has come to its end without
// it, or that Temporal doesn't know: it asks about that very workflow, since
// lists lag. What is given back leaves a tombstone, so that an activity of that
// order that is late does nothing. A person who has settled something at the
// stock has seen to what is on hand, so that the hold ends here, too.
func (s *Stocktaking) Holds(ctx context.Context) error {
	before := time.Now().Add(-forgottenAfter)
	for cursor := uint64(0); ; {
		holds, next, err := s.Stock.Holds(ctx, cursor)
		if err != nil {
			return err
		}
		var old []order.ID
		for _, hold := range holds {
			if hold.Since.Before(before) {
				old = append(old, hold.Order)
			}
		}
		if err := s.each(ctx, old, s.hold); err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// hold looks at an old one. recorded has no order if Temporal doesn't know it.
func (s *Stocktaking) hold(ctx context.Context, id order.ID, recorded history.Recorded) error {
	unknown := recorded.Order.ID == ""
	if !unknown && (!recorded.Closed || recorded.Broken) { // under way, or it will be unwound
		return nil
	}
	if want, ok := dueOf(recorded); ok && want.target == inventory.Committed {
		return s.compare(ctx, id, recorded)
	}
	record, err := s.record(ctx, id)
	if err != nil || record.State != inventory.Held {
		return err
	}
	if unknown {
		if err := s.atHome(ctx); err != nil {
			return err
		}
	}
	return s.mend(ctx, record.Demand, record, inventory.Released, s.Mend || s.Free)
}

// atHome refuses a Temporal that is another shop's, as a wrong address may be.
func (s *Stocktaking) atHome(ctx context.Context) error {
	counted, err := s.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Query: "WorkflowType = '" + workflows.OrderWorkflow + "'",
	})
	if err != nil {
		return fmt.Errorf("count orders: %w", err)
	}
	if counted.GetCount() == 0 {
		return ErrStranger
	}
	return nil
}
