package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"makegood/activities"
	"makegood/order"
)

// outbox publishes the story's events in order. The history holds the outcomes
// that they are computed from, so nothing is lost with a worker or a broker.
type outbox struct {
	cfg       Config
	order     order.Order
	story     *order.Story
	confirmed int // how many of the story's events the broker has
}

// publishInLane publishes a happy order's events within its first task. If the
// broker doesn't confirm at once, they go out by a regular activity under the
// same ids.
func (b *outbox) publishInLane(ctx workflow.Context) {
	batch := b.next()
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: b.cfg.LanePublish,
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
		Summary:                announcement(batch.Entries),
	})
	if workflow.ExecuteLocalActivity(ctx, acts.Publish, batch).Get(ctx, nil) == nil {
		b.confirmed = len(b.story.Timeline)
	}
}

// start publishes events as the story grows, one batch at a time, beside the
// steps: an order never waits for the broker. Each attempt costs Temporal as
// much as a step, and an outage has one of every order, so that they are few:
// after a tenth of the longest pause, and then after each such pause.
func (b *outbox) start(ctx workflow.Context) {
	workflow.Go(ctx, func(ctx workflow.Context) {
		for workflow.Await(ctx, b.behind) == nil {
			batch := b.next()
			ctx := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				StartToCloseTimeout: b.cfg.Attempt,
				RetryPolicy: &temporal.RetryPolicy{
					InitialInterval:    b.cfg.SlowestPublish / 10,
					BackoffCoefficient: 10,
					MaximumInterval:    b.cfg.SlowestPublish,
				},
				Summary: announcement(batch.Entries),
			})
			if err := workflow.ExecuteActivity(ctx, acts.Publish, batch).Get(ctx, nil); err != nil {
				workflow.GetLogger(ctx).Error("events refused, trying again", "error", err)
				pause := workflow.NewTimerWithOptions(ctx, b.cfg.SlowestPublish, workflow.TimerOptions{Summary: "publish again in " + b.cfg.SlowestPublish.String()})
				_ = pause.Get(ctx, nil) // this context never ends
				continue
			}
			b.confirmed += len(batch.Entries)
		}
	})
}

// drain waits until the broker has confirmed every event of the story.
func (b *outbox) drain(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool { return !b.behind() })
}

func (b *outbox) behind() bool { return b.confirmed < len(b.story.Timeline) }

func (b *outbox) next() activities.Announcement {
	return activities.Announcement{Order: b.order, Entries: b.story.Timeline[b.confirmed:]}
}
