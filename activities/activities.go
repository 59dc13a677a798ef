// Package activities does what the saga decides: one file a step, its undo
// beside it. Each activity is safe to retry, because the first outcome is
// recorded where the effect is and given again. It holds no state of an order.
package activities

import (
	"errors"

	"go.temporal.io/sdk/temporal"

	"makegood/events"
	"makegood/inventory"
	"makegood/order"
	"makegood/payments"
	"makegood/shipping"
)

// Activities are all steps over the outside world.
type Activities struct {
	Payments  payments.Gateway
	Stock     *inventory.Stock
	Carrier   shipping.Carrier
	Publisher events.Publisher
}

// settle marks a step's refusal as final for Temporal: its type is the reason
// and its detail the outcome, so that the history holds it like a success.
// Every other error stays retryable, and so does any error of an undo.
func settle(outcome order.Outcome, err error) (order.Outcome, error) {
	var refused *order.Rejection
	if !errors.As(err, &refused) {
		return outcome, err
	}
	return order.Outcome{}, temporal.NewApplicationErrorWithOptions(refused.Error(), string(refused.Outcome.Reason),
		temporal.ApplicationErrorOptions{
			NonRetryable: true,
			Category:     temporal.ApplicationErrorCategoryBenign,
			Details:      []any{refused.Outcome},
		})
}
