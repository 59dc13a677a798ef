package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// firstRetry is the pause before the second attempt of a regular activity; it
// doubles up to cfg.SlowestRetry.
const firstRetry = 250 * time.Millisecond

// attempt takes a forward step as a regular activity, until it settles, its
// deadline passes or the order is cancelled. An attempt that is left behind
// may still take effect: the fences that turning back leaves see to it.
func (s *saga) attempt(step order.Step) {
	if s.cancelled() {
		s.turn(order.CancelledByShop)
		return
	}
	ctx := workflow.WithActivityOptions(s.forward, workflow.ActivityOptions{
		StartToCloseTimeout:    min(s.cfg.Attempt, s.cfg.StepDeadline),
		ScheduleToCloseTimeout: s.cfg.StepDeadline,
		RetryPolicy:            s.retries(),
		Summary:                summarize(step, s.order, "", "for at most "+s.cfg.StepDeadline.String()),
	})
	var fact order.Fact
	err := workflow.ExecuteActivity(ctx, effects[step], s.order).Get(ctx, &fact)
	refused, isRefusal := refusal(err)
	switch {
	case err == nil:
		s.take(fact)
	case isRefusal && refused.Reason != order.Fenced:
		s.take(refused)
	case isRefusal:
		s.heed(refused)
		s.turn(order.CancelledByShop)
	case temporal.IsCanceledError(err):
		s.turn(order.CancelledByShop)
	default:
		s.turn(order.StepDeadline)
	}
}

// turn records that the order goes back; the story then fences and undoes
// every step, begun or not. It changes nothing of an order that has turned, has
// gone forward or is final.
func (s *saga) turn(reason order.Reason) {
	s.note(order.Outcome{Step: order.Turn, Reason: reason})
}

func (s *saga) retries() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    firstRetry,
		BackoffCoefficient: 2,
		MaximumInterval:    s.cfg.SlowestRetry,
	}
}
