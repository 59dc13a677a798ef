// Package payments takes an order's money and gives it back, each exactly once,
// at a payment provider. It owns the provider's keys, records and errors; it
// never decides when to charge or refund, and never retries on its own.
package payments

import (
	"context"

	"makegood/order"
)

// Gateway takes and returns money. Both of its methods are safe to retry, also
// while another attempt of the same order is still under way: the first
// definite outcome is recorded at the provider and answered again.
//
// An error that is neither an *order.Rejection nor wraps order.ErrFingerprint
// settles nothing and is worth another attempt; one that wraps
// order.ErrNeedsPerson only once somebody has mended something.
type Gateway interface {
	// Charge takes the order's total. The outcome's Reference is the payment's
	// id. It rejects with order.PaymentDeclined, or with order.Fenced when a
	// Refund was there first.
	Charge(ctx context.Context, o order.Order) (order.Outcome, error)

	// Refund returns what was taken, or makes sure that nothing ever will be:
	// its outcome is then Null. It never rejects.
	Refund(ctx context.Context, o order.Order) (order.Outcome, error)
}
