package faults_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// An order was terminated, and its unwinding waits for a person. Whatever
// becomes of the order's own workflow, people see that and can end it.
func TestAnUnwindingThatWaitsIsReached(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Setting("ADMISSION", "off"), harness.Setting("AUDIT_EVERY", "5s"), harness.Setting("ATTENTION_AFTER", "4s"))
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, 100, "", "")
	require.NoError(t, err)
	rows := []struct {
		name   string
		occurs func(t *testing.T, id order.ID)
	}{
		{"the order is reset", func(t *testing.T, id order.ID) {
			past, err := s.History(t.Context(), id)
			require.NoError(t, err)
			require.NoError(t, resetTo(t.Context(), s, id, completedTasks(past)[0]))
		}},
		{"the server forgets the order", func(t *testing.T, id order.ID) { forget(t, s, id) }},
		{"the server forgets the order, and the unwinding is terminated", func(t *testing.T, id order.ID) {
			forget(t, s, id)
			require.NoError(t, s.Temporal.TerminateWorkflow(t.Context(), workflows.UnwindID(id), "", "by a test"))
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			request := harness.Sample()
			at("pm_sim_refuse_undo", "sim:slow_60000")(&request)
			placed, err := s.API.Place(t.Context(), request, "", 0)
			require.NoError(t, err)
			p := patient{System: s, id: placed.ID}
			(&losses{System: s}).working(t, []order.ID{p.id})
			require.NoError(t, s.Temporal.TerminateWorkflow(t.Context(), string(p.id), "", "by a test"))
			p.until(t, order.NeedsAttention)
			row.occurs(t, p.id)
			harness.Eventually(t, func(ctx context.Context) error { // at once, or after the next audit
				_, err := s.API.Settle(ctx, p.id, client.Word{Action: "settled", Step: order.Refund, By: "Grace", Note: "by hand", Reference: "1"})
				return err
			})
			o := s.Final(t, p.id)
			require.Equal(t, order.Cancelled, o.Status)
			require.Equal(t, order.Terminated, o.Reason)
			s.Heard.Until(t, p.id, order.EventCancelled)
		})
	}
}

// forget deletes the order's workflow, as its retention does.
func forget(t *testing.T, s *harness.System, id order.ID) {
	t.Helper()
	_, err := s.Temporal.WorkflowService().DeleteWorkflowExecution(t.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: s.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: string(id)},
	})
	require.NoError(t, err)
	harness.Eventually(t, func(ctx context.Context) error {
		_, err := s.Temporal.DescribeWorkflowExecution(ctx, string(id), "")
		if missing := (*serviceerror.NotFound)(nil); errors.As(err, &missing) {
			return nil
		}
		return fmt.Errorf("%s is there still: %w", id, err)
	})
}
