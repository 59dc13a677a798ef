package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// takeCancels accepts the cancel Update until the carrier has the parcel, and
// again for an order that will be cancelled anyway. Its answer is the status in
// which it found the order.
func (s *saga) takeCancels() error {
	return workflow.SetUpdateHandlerWithOptions(s.forward, CancelUpdate,
		func(workflow.Context) (order.Status, error) {
			s.actions++
			s.cancel()
			return s.story.Status, nil
		},
		workflow.UpdateHandlerOptions{Validator: s.mayCancel, Description: "take the order back"})
}

func (s *saga) mayCancel() error {
	switch {
	case s.actions >= MaxActions:
		return tooManyActions()
	case s.story.Forward:
		return temporal.NewApplicationError("the carrier has the parcel", AlreadyShipped)
	case s.story.Turned && s.story.Reason != order.CancelledByShop && s.story.Reason != order.Terminated:
		return temporal.NewApplicationError("the order is being rejected: "+string(s.story.Reason), AlreadyRejected)
	default:
		return nil
	}
}
