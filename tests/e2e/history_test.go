package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"makegood/tests/harness"
)

// checkHistory wants a workflow that ended well and never failed a task.
func checkHistory(t *testing.T, history *historypb.History) {
	t.Helper()
	require.Equal(t, 1, harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED))
	require.Zero(t, harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED))
	require.Zero(t, harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT))
}

// checkHappyHistory wants everything in one workflow task.
func checkHappyHistory(t *testing.T, history *historypb.History) {
	t.Helper()
	t.Logf("the happy order has %d history events", len(history.GetEvents()))
	require.Equal(t, 1, harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED))
	require.LessOrEqual(t, len(history.GetEvents()), 12)
	started := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes()
	require.True(t, started.GetEagerExecutionAccepted(), "the worker beside the gateway gets the order with the answer to its start")
}
