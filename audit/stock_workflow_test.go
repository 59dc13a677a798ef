package audit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"makegood/audit"
	"makegood/order"
)

// Redis is away: the next audit of the stock begins where this one had to.
func TestAStockThatCanNotBeReachedIsLookedAtNextTime(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	last := audit.StockReport{Drift: 1, Left: []order.ID{"ord_2"}, Since: time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)}
	env.SetLastCompletionResult(last)
	attempts := 0
	env.RegisterActivityWithOptions(func(_ context.Context, got audit.StockReport) (audit.StockReport, error) {
		attempts++
		require.Equal(t, last, got)
		return audit.StockReport{}, errors.New("Redis is away")
	}, activity.RegisterOptions{Name: "AuditStock"})

	env.ExecuteWorkflow(audit.RunStock)

	require.NoError(t, env.GetWorkflowError())
	require.Equal(t, 3, attempts)
	var report audit.StockReport
	require.NoError(t, env.GetWorkflowResult(&report))
	require.Contains(t, report.Error, "Redis is away")
	report.Error = ""
	require.Equal(t, audit.StockReport{Left: last.Left, Since: last.Since}, report)
}
