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

// runAudit runs the workflow with these in place of its activities.
func runAudit(t *testing.T, last *audit.Report, stock func(context.Context, audit.StockReport) (audit.StockReport, error)) audit.Report {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.RegisterWorkflow(audit.Run)
	unwound := func(_ context.Context, since time.Time) (audit.Report, error) {
		return audit.Report{Unwinding: []order.ID{"ord_1"}, Since: since.Add(time.Minute)}, nil
	}
	env.RegisterActivityWithOptions(unwound, activity.RegisterOptions{Name: "UnwindBroken"})
	env.RegisterActivityWithOptions(stock, activity.RegisterOptions{Name: "AuditStock"})
	if last != nil {
		env.SetLastCompletionResult(last)
	}
	env.ExecuteWorkflow(audit.Run)
	require.True(t, env.IsWorkflowCompleted())
	var report audit.Report
	require.NoError(t, env.GetWorkflowResult(&report))
	return report
}

// Redis is away: what was ended from outside is unwound all the same, and the
// next audit of the stock begins where this one had to.
func TestAStockThatCanNotBeReachedKeepsNothingFromBeingUnwound(t *testing.T) {
	since := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	last := &audit.Report{Since: since.Add(time.Hour), Stock: audit.StockReport{Left: []order.ID{"ord_2"}, Since: since, Drift: 1}}
	attempts := 0
	report := runAudit(t, last, func(_ context.Context, got audit.StockReport) (audit.StockReport, error) {
		attempts++
		require.Equal(t, last.Stock, got)
		return audit.StockReport{}, errors.New("Redis is away")
	})
	require.Equal(t, []order.ID{"ord_1"}, report.Unwinding)
	require.Equal(t, since.Add(time.Hour+time.Minute), report.Since)
	require.Contains(t, report.Stock.Error, "Redis is away")
	report.Stock.Error = ""
	require.Equal(t, audit.StockReport{Left: []order.ID{"ord_2"}, Since: since}, report.Stock)
	require.Equal(t, 3, attempts)
}

func TestAnAuditTellsOfBoth(t *testing.T) {
	report := runAudit(t, nil, func(context.Context, audit.StockReport) (audit.StockReport, error) {
		return audit.StockReport{Orders: 7, Freed: 1}, nil
	})
	require.Equal(t, []order.ID{"ord_1"}, report.Unwinding)
	require.Equal(t, audit.StockReport{Orders: 7, Freed: 1}, report.Stock)
}
