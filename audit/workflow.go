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
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: longestAudit,
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         &temporal.RetryPolicy{MaximumInterval: time.Minute},
		Summary:             "unwind what was ended from outside",
	})
	var report Report
	err := workflow.ExecuteActivity(ctx, auditor.UnwindBroken, last.Since).Get(ctx, &report)
	return report, err
}
