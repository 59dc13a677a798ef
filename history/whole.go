package history

import (
	"context"
	"errors"
	"fmt"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"makegood/order"
)

// Whole is what a run has recorded, together with the runs that it was reset
// from: a run that is reset itself before it took up its predecessor would
// hide what that one had announced. An empty runID is the latest run. A run
// before it that the server has forgotten was taken up long ago.
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
	if err != nil && !IsMissing(err) {
		return r, err
	}
	r.Outcomes = order.Merge(before.Outcomes, r.Outcomes)
	return r, nil
}

// Before is what the workflow's other runs have recorded: those that the run
// was reset from, and those that were passed over when an older one was reset
// once more. Of the latter it knows what lists show, which lag by a moment.
func Before(ctx context.Context, c client.Client, workflowID, runID string) ([]order.Outcome, error) {
	r, err := readRun(ctx, c, workflowID, runID, false, func(Recorded) bool { return false })
	if err != nil {
		return nil, err
	}
	others, err := otherRuns(ctx, c, workflowID, runID)
	if err != nil {
		return nil, err
	}
	if r.base != "" {
		others = append([]string{r.base}, others...)
	}
	var outcomes []order.Outcome
	for _, run := range others {
		other, err := Whole(ctx, c, workflowID, run)
		if err != nil && !IsMissing(err) {
			return nil, err
		}
		outcomes = order.Merge(outcomes, other.Outcomes)
	}
	return outcomes, nil
}

// otherRuns lists the workflow's runs but one, the oldest first.
func otherRuns(ctx context.Context, c client.Client, workflowID, runID string) ([]string, error) {
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: fmt.Sprintf("WorkflowId = '%s' AND RunId != '%s'", workflowID, runID)}
	var found []*workflowpb.WorkflowExecutionInfo
	for {
		page, err := c.ListWorkflow(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("list the runs of %s: %w", workflowID, err)
		}
		found = append(found, page.GetExecutions()...)
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			break
		}
	}
	slices.SortFunc(found, func(a, b *workflowpb.WorkflowExecutionInfo) int {
		return a.GetExecutionTime().AsTime().Compare(b.GetExecutionTime().AsTime())
	})
	runs := make([]string, len(found))
	for i, execution := range found {
		runs[i] = execution.GetExecution().GetRunId()
	}
	return runs, nil
}

// IsMissing says that Temporal does not know the workflow, or no longer.
func IsMissing(err error) bool {
	missing := (*serviceerror.NotFound)(nil)
	return errors.As(err, &missing)
}

// resetFrom is the run that the event says this one was reset from, if it does.
func resetFrom(event *historypb.HistoryEvent) string {
	failed := event.GetWorkflowTaskFailedEventAttributes()
	if failed.GetCause() != enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW {
		return ""
	}
	return failed.GetBaseRunId()
}
