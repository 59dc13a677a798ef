package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"golang.org/x/sync/errgroup"

	"makegood/history"
	"makegood/order"
	"makegood/telemetry"
	"makegood/workflows"
)

// lag is how long visibility may keep a closed workflow to itself.
const lag = 10 * time.Minute

// atOnce is how many orders are looked at together.
const atOnce = 8

// Report is what an audit found and did. It is the workflow's result.
type Report struct {
	// Unwinding are the orders whose unwinding it has started.
	Unwinding []order.ID `json:"unwinding"`
	// Failed are those that it could not see to; the next audit tries again.
	Failed []order.ID `json:"failed,omitempty"`
	// Since is from when on the next audit looks at what was closed.
	Since time.Time `json:"since"`
}

// UnwindBroken starts the unwinding of each order whose workflow was closed
// from outside since then. It is safe to repeat: an order is unwound once.
func (a *Auditor) UnwindBroken(ctx context.Context, since time.Time) (Report, error) {
	report := Report{Unwinding: []order.ID{}, Since: activity.GetInfo(ctx).StartedTime.Add(-lag)}
	ids, err := a.broken(ctx, since)
	if err != nil {
		return report, err
	}
	log := activity.GetLogger(ctx)
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, id := range ids {
		group.Go(func() error {
			started, err := a.unwind(ctx, id)
			activity.RecordHeartbeat(ctx)
			mu.Lock()
			defer mu.Unlock()
			if started {
				log.Warn("an order was ended from outside, unwinding it", "order_id", id)
				report.Unwinding = append(report.Unwinding, id)
			}
			if err != nil {
				log.Error("an order was ended from outside and can't be unwound", "order_id", id, "error", err)
				report.Failed = append(report.Failed, id)
				report.Since = since
			}
			return nil // one that can't be read must not keep the others
		})
	}
	return report, errors.Join(group.Wait(), ctx.Err())
}

// broken is every order that has a run, its own or one that unwinds it, which
// was closed from outside since then.
func (a *Auditor) broken(ctx context.Context, since time.Time) ([]order.ID, error) {
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: fmt.Sprintf(
		"WorkflowType IN ('%s', '%s') AND ExecutionStatus IN ('Terminated', 'TimedOut', 'Failed', 'Canceled') AND CloseTime >= '%s'",
		workflows.OrderWorkflow, workflows.UnwindWorkflow, since.UTC().Format(time.RFC3339Nano),
	)}
	seen := map[order.ID]bool{}
	var ids []order.ID
	for {
		page, err := a.Temporal.ListWorkflow(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("list orders that were ended from outside: %w", err)
		}
		for _, execution := range page.GetExecutions() {
			if id := workflows.OrderOf(execution.GetExecution().GetWorkflowId()); !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return ids, nil
		}
	}
}

// unwind starts the order's unwinding, unless its latest run goes on, has come
// to its end by itself, or is unwound already.
func (a *Auditor) unwind(ctx context.Context, id order.ID) (bool, error) {
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, string(id), "")
	if err != nil && !history.IsMissing(err) { // what unwinds it may outlive it
		return false, fmt.Errorf("describe: %w", err)
	}
	switch described.GetWorkflowExecutionInfo().GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return false, nil // a reset leaves its predecessor terminated
	}
	recorded, forgotten := history.Whole(ctx, a.Temporal, string(id), "")
	if forgotten != nil && !history.IsMissing(forgotten) {
		return false, forgotten
	}
	unwound, err := history.Whole(ctx, a.Temporal, workflows.UnwindID(id), "")
	switch {
	case err == nil && !unwound.Broken:
		return false, nil // it is under way, or done
	case err == nil:
		recorded.Order, recorded.Outcomes = unwound.Order, order.Merge(unwound.Outcomes, recorded.Outcomes)
	case !history.IsMissing(err):
		return false, err
	case forgotten != nil:
		return false, forgotten
	}
	in := workflows.Unwinding{Order: recorded.Order, Outcomes: recorded.Outcomes}
	ctx = telemetry.Within(ctx, in.Order.Traceparent)
	_, err = a.Temporal.ExecuteWorkflow(ctx, workflows.UnwindOptions(in), workflows.UnwindWorkflow, in)
	if started := (*serviceerror.WorkflowExecutionAlreadyStarted)(nil); errors.As(err, &started) {
		return false, nil // by an audit at the same time
	}
	return err == nil, err
}
