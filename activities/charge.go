package activities

import (
	"context"

	"makegood/order"
)

// Charge takes the order's total. It refuses with payment_declined.
func (a *Activities) Charge(ctx context.Context, o order.Order) (order.Fact, error) {
	return a.take(ctx, order.Charge, a.Payments.Charge, o)
}

// Refund gives back what was taken, or makes a charge that is still on its way
// impossible.
func (a *Activities) Refund(ctx context.Context, o order.Order) (order.Fact, error) {
	return a.insist(ctx, order.Refund, a.Payments.Refund, o)
}
