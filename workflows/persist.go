package workflows

import (
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// persist takes a step that must succeed, a compensation or what follows the
// pivot: one regular activity without a limit of attempts or time. Past
// cfg.AttentionAfter the order needs attention, and the activity goes on.
func (s *saga) persist(step order.Step) {
	ctx := workflow.WithActivityOptions(s.steadfast, workflow.ActivityOptions{
		StartToCloseTimeout: s.cfg.Attempt,
		RetryPolicy:         s.retries(),
		Summary:             summaries[step],
	})
	timing, stopTimer := workflow.WithCancel(s.steadfast)
	defer stopTimer()
	late := workflow.NewTimerWithOptions(timing, s.cfg.AttentionAfter, workflow.TimerOptions{
		Summary: "until " + string(step) + " needs attention",
	})
	for {
		effect := workflow.ExecuteActivity(ctx, effects[step], s.order)
		workflow.NewSelector(ctx).AddFuture(effect, func(workflow.Future) {}).AddFuture(late, func(workflow.Future) {}).Select(ctx)
		if !effect.IsReady() {
			s.needAttention(step)
		}
		var outcome order.Outcome
		err := effect.Get(ctx, &outcome)
		if err == nil {
			s.record(outcome)
			return
		}
		// The effect contradicts its own first outcome. A person has to see
		// it; meanwhile it is tried rarely, so that the history stays small.
		workflow.GetLogger(ctx).Error("a step that must succeed was refused", "step", step, "error", err)
		s.needAttention(step)
		if err := workflow.Sleep(ctx, s.cfg.AttentionAfter); err != nil {
			return
		}
	}
}

func (s *saga) needAttention(step order.Step) {
	if s.story.Status == order.NeedsAttention {
		return
	}
	s.note(order.Outcome{Step: order.Attention, Waiting: step})
	s.describe()
}
