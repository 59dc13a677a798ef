package workflows

import (
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// Recalled is what the run before a reset had recorded.
type Recalled struct {
	Outcomes []order.Outcome `json:"recalled"`
}

// heed notices that the fact was recorded by another run than those before it:
// the workflow was reset in between. What the other run had recorded since is
// taken up first, because it was announced: this run may not tell another
// story under the same event ids. Every step has its record where its effect
// is; what a reset takes away are the saga's own notes and their order.
func (s *saga) heed(fact order.Fact) {
	if !s.resetBefore(fact) {
		return
	}
	s.run = fact.Run
	ctx := workflow.WithActivityOptions(s.steadfast, workflow.ActivityOptions{
		StartToCloseTimeout: s.cfg.Attempt,
		RetryPolicy:         s.retries(),
		Summary:             "take up what the run before the reset had recorded",
	})
	var recalled Recalled
	if err := workflow.ExecuteActivity(ctx, RecallActivity).Get(ctx, &recalled); err != nil {
		workflow.GetLogger(ctx).Error("the run before the reset is lost", "error", err)
		return
	}
	s.outcomes = order.Merge(recalled.Outcomes, s.outcomes)
	s.story = order.Tell(s.order, s.outcomes)
}

func (s *saga) resetBefore(fact order.Fact) bool {
	return fact.Run != "" && fact.Run != s.run
}
