package audit

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Workflow is the type of the audit's workflow.
const Workflow = "Audit"

const (
	// longestAudit bounds one attempt: a namespace in which thousands of
	// orders were terminated at once takes some minutes.
	longestAudit = 30 * time.Minute
	// heartbeat is how long an attempt that died keeps the next one waiting.
	heartbeat = 30 * time.Second
	// stockAttempts end before the next audit is due: that begins where this
	// one had to.
	stockAttempts = 3
)

var auditor *Auditor // for method references only

// Run is one audit. It goes on from where the last one ended.
func Run(ctx workflow.Context) (Report, error) {
	var last Report
	if workflow.HasLastCompletionResult(ctx) {
		if err := workflow.GetLastCompletionResult(ctx, &last); err != nil {
			return last, err
		}
	}
	var report Report
	unwinding := auditing(ctx, "unwind what was ended from outside", 0)
	if err := workflow.ExecuteActivity(unwinding, auditor.UnwindBroken, last.Since).Get(ctx, &report); err != nil {
		return report, err
	}
	if workflow.GetVersion(ctx, "stock", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return report, nil
	}
	stock := auditing(ctx, "compare the stock with the orders", stockAttempts)
	if err := workflow.ExecuteActivity(stock, auditor.AuditStock, last.Stock).Get(ctx, &report.Stock); err != nil {
		// A stock that can't be reached must not keep orders from being unwound.
		report.Stock = StockReport{Left: last.Stock.Left, Since: last.Stock.Since, Error: err.Error()}
	}
	return report, nil
}

// auditing makes attempts without an end if there are to be 0.
func auditing(ctx workflow.Context, summary string, attempts int32) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: longestAudit,
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         &temporal.RetryPolicy{MaximumInterval: time.Minute, MaximumAttempts: attempts},
		Summary:             summary,
	})
}
