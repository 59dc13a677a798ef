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

// ScheduleID is the Temporal Schedule that runs the audit. It can be paused
// and triggered in the Web UI.
const ScheduleID = "makegood-audit"

// Schedule sees to it that the namespace is audited at this interval. It is
// safe to repeat and to run from many processes at once.
func Schedule(ctx context.Context, c client.Client, every time.Duration) error {
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID:            ScheduleID,
		Spec:          spec,
		CatchupWindow: time.Minute, // the next audit does what a missed one would have
		Action:        &client.ScheduleWorkflowAction{ID: "audit", Workflow: Workflow, TaskQueue: workflows.TaskQueue},
	})
	if err == nil || !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return wrap(err)
	}
	return wrap(c.ScheduleClient().GetHandle(ctx, ScheduleID).Update(ctx, client.ScheduleUpdateOptions{
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

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("schedule %s: %w", ScheduleID, err)
	}
	return nil
}
