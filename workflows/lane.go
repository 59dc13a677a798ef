package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// runLane takes as many steps as settle within cfg.Lane as local activities of
// the first workflow task. It looks at no cancel until it has ended: a cancel
// that makes the server run this task again must not change what it does.
// Every attempt of the task hears the first outcome of each step again, so
// nothing rests on which attempt is recorded. Compensations never run here.
func (s *saga) runLane() {
	end := workflow.Now(s.steadfast).Add(s.cfg.Lane)
	for s.story.Next != "" && !s.story.Turned {
		left := end.Sub(workflow.Now(s.steadfast))
		if left <= 0 {
			return
		}
		ctx := workflow.WithLocalActivityOptions(s.steadfast, workflow.LocalActivityOptions{
			ScheduleToCloseTimeout: left,
			RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
			Summary:                summaries[s.story.Next],
		})
		var outcome order.Outcome
		err := workflow.ExecuteLocalActivity(ctx, effects[s.story.Next], s.order).Get(ctx, &outcome)
		if refused, ok := refusal(err); ok && refused.Reason != order.Fenced {
			outcome = refused
		} else if err != nil {
			return
		}
		s.record(outcome)
	}
	if s.story.Status == order.Completed {
		s.outbox.publishInLane(s.steadfast)
	}
}
