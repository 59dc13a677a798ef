package faults_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	temporal "go.temporal.io/sdk/client"

	"makegood/api/client"
	"makegood/audit"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// The list shows an order that was terminated as GET does, and one that was
// reset once: Temporal's visibility knows of two runs, and of statuses that
// nobody mends any more.
func TestTheListTellsOfTerminatedAndResetOrdersWhatGetTells(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Setting("ADMISSION", "off"))
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, 100, "", "")
	require.NoError(t, err)
	placed := func(key string, change func(*order.Request)) order.ID {
		request := harness.Sample()
		change(&request)
		o, err := s.API.Place(t.Context(), request, key, 0)
		require.NoError(t, err)
		return o.ID
	}
	shipped := placed("shipped", func(*order.Request) {})
	terminated := placed("terminated", func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_60000" })
	reset := placed("reset", func(r *order.Request) { r.ShippingAddress.PostalCode = "00000" })

	p := patient{System: s, id: terminated}
	p.until(t, order.Reserved)
	require.NoError(t, s.Temporal.TerminateWorkflow(t.Context(), string(terminated), "", "by a test"))
	s.Closed(t, reset)
	_, err = s.Temporal.ResetWorkflowExecution(t.Context(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: s.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: string(reset)},
		WorkflowTaskFinishEventId: 4, RequestId: "reset", Reason: "by a test",
	})
	require.NoError(t, err)
	s.Closed(t, reset)
	s.Closed(t, shipped)
	audits := s.Temporal.ScheduleClient().GetHandle(t.Context(), audit.ScheduleID)
	harness.Eventually(t, func(ctx context.Context) error {
		o, err := s.API.Get(ctx, terminated)
		if err == nil && !o.Status.Final() {
			err = fmt.Errorf("the terminated order is %s", o.Status)
			_ = audits.Trigger(ctx, temporal.ScheduleTriggerOptions{})
		}
		return err
	})
	want := map[order.ID]string{
		shipped: "completed", terminated: "cancelled: terminated", reset: "rejected: undeliverable",
	}
	harness.Eventually(t, func(ctx context.Context) error {
		page, err := s.API.List(ctx, client.Filter{}, "", 0)
		if err != nil {
			return err
		}
		if len(page.Items) != len(want) {
			return fmt.Errorf("%d orders are listed: %+v", len(page.Items), page.Items)
		}
		for _, o := range page.Items {
			got := string(o.Status)
			if o.Reason != "" {
				got += ": " + string(o.Reason)
			}
			if got != want[o.ID] {
				return fmt.Errorf("order %s is listed as %s, want %s", o.ID, got, want[o.ID])
			}
		}
		return nil
	})
	for id, status := range map[order.ID]order.Status{shipped: order.Completed, terminated: order.Cancelled, reset: order.Rejected} {
		page, err := s.API.List(t.Context(), client.Filter{Status: status}, "", 1)
		require.NoError(t, err)
		require.Len(t, page.Items, 1)
		require.Equal(t, id, page.Items[0].ID)
		require.Empty(t, page.NextCursor)
	}
	page, err := s.API.List(t.Context(), client.Filter{Status: order.Reserved}, "", 0)
	require.NoError(t, err)
	require.Empty(t, page.Items, "its status in visibility, when it was terminated")
	s.RequireSound(t)
	for path, id := range map[string]order.ID{"reset": reset, "terminated": terminated, "unwound": order.ID(workflows.UnwindID(terminated))} {
		history, err := s.History(t.Context(), id)
		require.NoError(t, err)
		harness.Record(t, path, history)
	}
	harness.Record(t, "audited", auditOf(t, s, audit.ScheduleID, audit.Workflow))
	harness.Record(t, "stock-audited", auditOf(t, s, audit.StockScheduleID, audit.StockWorkflow))
}

// auditOf is the history of an audit that has ended.
func auditOf(t *testing.T, s *harness.System, schedule, kind string) *historypb.History {
	t.Helper()
	handle := s.Temporal.ScheduleClient().GetHandle(t.Context(), schedule)
	require.NoError(t, handle.Trigger(t.Context(), temporal.ScheduleTriggerOptions{}))
	var history *historypb.History
	harness.Eventually(t, func(ctx context.Context) error {
		ended, err := s.Listed(ctx, "WorkflowType = '"+kind+"' AND ExecutionStatus = 'Completed'")
		if err == nil && len(ended) == 0 {
			err = errors.New("no audit is listed")
		}
		if err != nil {
			return err
		}
		history, err = s.History(ctx, ended[0])
		return err
	})
	return history
}
