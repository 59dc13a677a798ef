// Package audit makes good what an order's own workflow no longer can: one
// that was terminated, timed out or failed is unwound, one that was reset takes
// up what it had recorded before, and the stock is compared with what Temporal
// has on record. The undoing of orders is their workflows'.
package audit

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"makegood/history"
	"makegood/inventory"
	"makegood/order"
	"makegood/workflows"
)

// Auditor holds the activities of the audit, and Recall for the sagas.
type Auditor struct {
	Temporal client.Client
	Stock    *inventory.Stock
	Metrics  *Metrics
}

// Recall returns what the runs had recorded from which the calling workflow
// was reset, and its unwinding, if it had been terminated before. It fails,
// to be tried again, while that is still under way.
func (a *Auditor) Recall(ctx context.Context) (workflows.Recalled, error) {
	caller := activity.GetInfo(ctx).WorkflowExecution
	outcomes, err := history.Before(ctx, a.Temporal, caller.ID, caller.RunID)
	if err != nil {
		return workflows.Recalled{}, err
	}
	unwound, err := history.Whole(ctx, a.Temporal, workflows.UnwindID(order.ID(caller.ID)), "")
	switch {
	case history.IsMissing(err):
	case err != nil:
		return workflows.Recalled{}, err
	case !unwound.Closed:
		return workflows.Recalled{}, fmt.Errorf("%s is under way", workflows.UnwindID(order.ID(caller.ID)))
	default:
		outcomes = order.Merge(outcomes, unwound.Outcomes)
	}
	return workflows.Recalled{Outcomes: append([]order.Outcome{}, outcomes...)}, nil
}
