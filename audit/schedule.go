package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"makegood/workflows"
)

// The Temporal Schedules that run the audits. They can be paused and triggered
// in the Web UI.
const (
	ScheduleID      = "makegood-audit"
	StockScheduleID = "makegood-stock-audit"
)

// Schedule sees to it that the namespace is audited at this interval. It is
// safe to repeat and to run from many processes at once.
func Schedule(ctx context.Context, c client.Client, every time.Duration) error {
	return errors.Join(
		schedule(ctx, c, ScheduleID, every, &client.ScheduleWorkflowAction{
			ID: "audit", Workflow: Workflow, TaskQueue: workflows.TaskQueue, StaticSummary: "unwind the orders that were ended from outside",
		}),
		schedule(ctx, c, StockScheduleID, every, &client.ScheduleWorkflowAction{
			ID: "stock-audit", Workflow: StockWorkflow, TaskQueue: workflows.TaskQueue, StaticSummary: "compare the stock with the orders, give back what lost orders hold",
		}))
}

func schedule(ctx context.Context, c client.Client, id string, every time.Duration, action *client.ScheduleWorkflowAction) error {
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID:            id,
		Spec:          spec,
		CatchupWindow: time.Minute, // the next audit does what a missed one would have
		Action:        action,
	})
	if err == nil || !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return wrap(id, err)
	}
	return wrap(id, c.ScheduleClient().GetHandle(ctx, id).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			schedule := in.Description.Schedule
			if intervals := schedule.Spec.Intervals; len(intervals) == 1 && intervals[0].Every == every {
				return nil, temporal.ErrSkipScheduleUpdate
			}
			schedule.Spec = &spec
			return &client.ScheduleUpdate{Schedule: &schedule}, nil
		},
	}))
}

func wrap(id string, err error) error {
	if err != nil {
		return fmt.Errorf("schedule %s: %w", id, err)
	}
	return nil
}
