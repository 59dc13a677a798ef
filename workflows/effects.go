package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"makegood/activities"
	"makegood/order"
)

var acts *activities.Activities // for method references only

// effects names the activity of each step.
var effects = map[order.Step]any{
	order.Charge:  acts.Charge,
	order.Reserve: acts.Reserve,
	order.Ship:    acts.Ship,
	order.Commit:  acts.Commit,
	order.Fence:   acts.Fence,
	order.Release: acts.Release,
	order.Refund:  acts.Refund,
}

// refusal takes the outcome out of a step's definite refusal.
func refusal(err error) (order.Outcome, bool) {
	var failed *temporal.ApplicationError
	if !errors.As(err, &failed) || !failed.NonRetryable() || !failed.HasDetails() {
		return order.Outcome{}, false
	}
	var outcome order.Outcome
	if err := failed.Details(&outcome); err != nil || outcome.Reason == "" {
		return order.Outcome{}, false
	}
	return outcome, true
}
