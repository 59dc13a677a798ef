package workflows

import (
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// Unwinding is an order whose own workflow was ended from outside, and what
// was recorded of it until then.
type Unwinding struct {
	Order    order.Order     `json:"order"`
	Outcomes []order.Outcome `json:"outcomes"`
}

// Unwind makes good what an order touched that was terminated. Any of its
// steps may have taken effect unrecorded, so it turns back and fences like a
// cancel; unless the order had turned already, or the carrier has the parcel,
// and then it goes on from there. Its events follow those of the order.
func (w *Orders) Unwind(ctx workflow.Context, in Unwinding) (Result, error) {
	s, err := w.begin(ctx, in.Order, in.Outcomes)
	if err != nil {
		return Result{}, err
	}
	s.turn(order.Terminated)
	return s.finish()
}
