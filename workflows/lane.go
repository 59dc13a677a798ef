package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// runLane takes as many steps as settle within cfg.Lane as local activities of
// the first workflow task. It looks at no cancel until it has ended: a cancel
// that makes the server run this task again must not change what it does.
// Every attempt of the task hears the first outcome of each step again, so
// nothing rests on which attempt is recorded. Compensations never run here.
// That the time is over shows as a step that did not settle, so that the
// history says how the lane ended under any Config.
func (s *saga) runLane() {
	end := workflow.Now(s.steadfast).Add(s.cfg.Lane)
	for s.story.Next != "" && !s.story.Turned {
		ctx := workflow.WithLocalActivityOptions(s.steadfast, workflow.LocalActivityOptions{
			ScheduleToCloseTimeout: max(end.Sub(workflow.Now(s.steadfast)), time.Millisecond),
			RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
			Summary:                line(deed(s.story.Next, s.order)),
		})
		var fact order.Fact
		err := workflow.ExecuteLocalActivity(ctx, effects[s.story.Next], s.order).Get(ctx, &fact)
		if refused, ok := refusal(err); ok && refused.Reason != order.Fenced {
			fact = refused
		} else if err != nil {
			return
		}
		if s.resetBefore(fact) {
			return // a regular activity hears the same and takes up the run before
		}
		s.record(fact.Outcome)
	}
	if s.story.Status == order.Completed {
		s.outbox.publishInLane(s.steadfast)
	}
}
