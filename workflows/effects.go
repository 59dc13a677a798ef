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

// refusal takes the fact out of a step's definite refusal.
func refusal(err error) (order.Fact, bool) {
	var failed *temporal.ApplicationError
	if !errors.As(err, &failed) || !failed.NonRetryable() || !failed.HasDetails() {
		return order.Fact{}, false
	}
	var refused order.Fact
	if err := failed.Details(&refused); err != nil || refused.Reason == "" {
		return order.Fact{}, false
	}
	return refused, true
}
