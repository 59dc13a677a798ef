package api

import (
	"context"
	"math"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"makegood/order"
	"makegood/workflows"
)

// broken are the ways in which a workflow is ended from outside. Its search
// attributes then stay as they were.
const broken = "ExecutionStatus IN ('Terminated', 'TimedOut', 'Failed', 'Canceled')"

func isBroken(e *workflowpb.WorkflowExecutionInfo) bool {
	return e.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING && e.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
}

// runs are all workflows about one order: one, unless somebody reset or
// terminated it.
type runs struct {
	latest, unwinding *workflowpb.WorkflowExecutionInfo
}

// current returns the summaries of those executions that still tell how their
// order stands. A run that was reset is not among them: the run after it is at
// another place of the list. An order that was terminated stands as its
// unwinding does.
func (s *Server) current(ctx context.Context, found []*workflowpb.WorkflowExecutionInfo) (map[string]OrderSummary, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(found))
	for _, e := range found {
		id := e.GetExecution().GetWorkflowId()
		ids = append(ids, quote(id))
		if isBroken(e) {
			ids = append(ids, quote(workflows.UnwindID(order.ID(id))))
		}
	}
	all, _, err := s.executions(ctx, "WorkflowId IN ("+strings.Join(ids, ", ")+")", math.MaxInt)
	if err != nil {
		return nil, err
	}
	byOrder := map[order.ID]*runs{}
	for _, e := range all {
		id := workflows.OrderOf(e.GetExecution().GetWorkflowId())
		if byOrder[id] == nil {
			byOrder[id] = &runs{}
		}
		newest := &byOrder[id].latest
		if e.GetType().GetName() == workflows.UnwindWorkflow {
			newest = &byOrder[id].unwinding
		}
		if *newest == nil || e.GetStartTime().AsTime().After((*newest).GetStartTime().AsTime()) {
			*newest = e
		}
	}
	summaries := map[string]OrderSummary{}
	for _, e := range found {
		of := byOrder[order.ID(e.GetExecution().GetWorkflowId())]
		switch run := e.GetExecution().GetRunId(); {
		case of == nil || of.latest == nil: // it has gone since it was found
		case of.latest.GetExecution().GetRunId() != run:
		case of.unwinding != nil && isBroken(of.latest):
			summaries[run] = summary(of.latest, of.unwinding)
		default:
			summaries[run] = summary(of.latest, of.latest)
		}
	}
	return summaries, nil
}
