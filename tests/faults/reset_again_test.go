package faults_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// A run is reset, and the run after it turns the order back for a reason of its
// own. Whoever resets the first run's page again finds the order as it ended.
func TestAnOlderRunThatIsResetAgainKnowsWhatCameAfterIt(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Setting("ADMISSION", "off"), harness.Setting("STEP_DEADLINE", "3s"))
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, 100, "", "")
	require.NoError(t, err)
	request := harness.Sample()
	request.ShippingAddress.Line1 = "sim:slow_60000"
	placed, err := s.API.Place(t.Context(), request, "", 0)
	require.NoError(t, err)
	id := placed.ID
	l := losses{System: s}
	l.working(t, []order.ID{id})
	past, err := s.History(t.Context(), id)
	require.NoError(t, err)
	task := completedTasks(past)[0]
	described, err := s.Temporal.DescribeWorkflowExecution(t.Context(), string(id), "")
	require.NoError(t, err)
	first := described.GetWorkflowExecutionInfo().GetExecution().GetRunId()

	require.NoError(t, resetRun(t.Context(), s, id, first, task))
	s.Closed(t, id)
	before := s.Final(t, id)
	require.Equal(t, order.StepDeadline, before.Reason)
	harness.Eventually(t, func(ctx context.Context) error { // which lists lag behind
		runs, err := s.Listed(ctx, fmt.Sprintf("WorkflowId = '%s' AND ExecutionStatus = 'Completed'", id))
		if err == nil && len(runs) != 1 {
			err = fmt.Errorf("%d runs of %s are listed as completed", len(runs), id)
		}
		return err
	})
	require.NoError(t, resetRun(t.Context(), s, id, first, task))
	s.Closed(t, id)
	require.Equal(t, before, s.Final(t, id))
	s.RequireSound(t)
}
