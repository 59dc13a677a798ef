package audit

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// StockWorkflow is the type of the workflow that audits the stock. It has a
// schedule of its own: a Redis that is away, or a worker that dies in the
// middle of it, keeps no order from being unwound.
const StockWorkflow = "StockAudit"

// stockAttempts are all that one audit makes: the next one begins where this one
// had to.
const stockAttempts = 3

// RunStock is one audit of the stock. It goes on from where the last one ended,
// and from where that began if it could not be made.
func RunStock(ctx workflow.Context) (StockReport, error) {
	var last StockReport
	if workflow.HasLastCompletionResult(ctx) {
		if err := workflow.GetLastCompletionResult(ctx, &last); err != nil {
			return last, err
		}
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: longestAudit,
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: stockAttempts},
		Summary:             "compare the stock with the orders",
	})
	var report StockReport
	if err := workflow.ExecuteActivity(ctx, auditor.AuditStock, last).Get(ctx, &report); err != nil {
		report = StockReport{Left: last.Left, Since: last.Since, Error: err.Error()}
	}
	return report, nil
}
