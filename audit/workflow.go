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
	unwinding := auditing(ctx, "unwind what was ended from outside")
	if err := workflow.ExecuteActivity(unwinding, auditor.UnwindBroken, last.Since).Get(ctx, &report); err != nil {
		return report, err
	}
	stock := auditing(ctx, "compare the stock with the orders")
	err := workflow.ExecuteActivity(stock, auditor.AuditStock, last.Since).Get(ctx, &report.Stock)
	return report, err
}

func auditing(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: longestAudit,
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         &temporal.RetryPolicy{MaximumInterval: time.Minute},
		Summary:             summary,
	})
}
