package audit

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"makegood/inventory"
	"makegood/order"
	"makegood/workflows"
)

// Listed looks at each order that the visibility query finds, and tells after
// each page of the list how many those were. Of an order that came to its end,
// and whose record fits the status that the list shows, it reads no history.
func (s *Stocktaking) Listed(ctx context.Context, query string, looked func(orders int)) error {
	query = "WorkflowType = '" + workflows.OrderWorkflow + "' AND (" + query + ")"
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: page}
	for {
		listed, err := s.Temporal.ListWorkflow(ctx, request)
		if err != nil {
			return fmt.Errorf("list orders: %w", err)
		}
		doubtful, err := s.doubtful(ctx, listed.GetExecutions())
		if err != nil {
			return err
		}
		if err := s.Orders(ctx, doubtful); err != nil {
			return err
		}
		looked(len(listed.GetExecutions()))
		if request.NextPageToken = listed.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return nil
		}
	}
}

func (s *Stocktaking) doubtful(ctx context.Context, listed []*workflowpb.WorkflowExecutionInfo) ([]order.ID, error) {
	if len(listed) == 0 {
		return nil, nil
	}
	ids := make([]order.ID, len(listed))
	for i, execution := range listed {
		ids[i] = order.ID(execution.GetExecution().GetWorkflowId())
	}
	records, err := s.Stock.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	var doubtful []order.ID
	for i, execution := range listed {
		if !fits(execution, records[i].State) {
			doubtful = append(doubtful, ids[i])
		}
	}
	return doubtful, nil
}

// fits tells whether the record is as the list's status asks for. What was lost
// of an order that turned back leaves no trace in any level, but takes its
// tombstone: only one whose payment was declined has no record.
func fits(e *workflowpb.WorkflowExecutionInfo, state inventory.State) bool {
	if e.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		return false
	}
	switch order.Status(attribute(e, workflows.SagaStatus.GetName())) {
	case order.Completed:
		return state == inventory.Committed
	case order.Rejected, order.Cancelled:
		if state == inventory.Unrecorded {
			return order.Reason(attribute(e, workflows.SagaReason.GetName())) == order.PaymentDeclined
		}
		return state != inventory.Held && state != inventory.Committed
	default:
		return false
	}
}

// attribute is empty if it is not there.
func attribute(e *workflowpb.WorkflowExecutionInfo, name string) (value string) {
	payload := e.GetSearchAttributes().GetIndexedFields()[name]
	if err := converter.GetDefaultDataConverter().FromPayload(payload, &value); err != nil {
		return ""
	}
	return value
}
