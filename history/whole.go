package history

import (
	"context"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"makegood/order"
)

// Whole is what a run has recorded, together with the runs that it was reset
// from: a run that is reset itself before it took up its predecessor would
// hide what that one had announced. An empty runID is the latest run.
func Whole(ctx context.Context, c client.Client, workflowID, runID string) (Recorded, error) {
	r, err := readRun(ctx, c, workflowID, runID, false, func(Recorded) bool { return false })
	if err != nil {
		return r, err
	}
	r.Outcomes = append(r.Outcomes, r.held...)
	if r.base == "" {
		return r, nil
	}
	before, err := Whole(ctx, c, workflowID, r.base)
	if err != nil {
		return r, err
	}
	r.Outcomes = order.Merge(before.Outcomes, r.Outcomes)
	return r, nil
}

// Before is what the runs before the newest reset of a run have recorded.
func Before(ctx context.Context, c client.Client, workflowID, runID string) ([]order.Outcome, error) {
	r, err := readRun(ctx, c, workflowID, runID, false, func(Recorded) bool { return false })
	if err != nil || r.base == "" {
		return nil, err
	}
	before, err := Whole(ctx, c, workflowID, r.base)
	return before.Outcomes, err
}

// resetFrom is the run that the event says this one was reset from, if it does.
func resetFrom(event *historypb.HistoryEvent) string {
	failed := event.GetWorkflowTaskFailedEventAttributes()
	if failed.GetCause() != enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW {
		return ""
	}
	return failed.GetBaseRunId()
}
