package activities

import (
	"context"

	"makegood/order"
)

// Ship hands the parcel to the carrier: the pivot. It refuses with
// undeliverable.
func (a *Activities) Ship(ctx context.Context, o order.Order) (order.Fact, error) {
	return a.take(ctx, order.Ship, a.Carrier.Ship, o)
}

// Fence asks the carrier for good: its outcome is the parcel if there is one,
// else null, and then a late Ship is impossible.
func (a *Activities) Fence(ctx context.Context, o order.Order) (order.Fact, error) {
	return a.insist(ctx, order.Fence, a.Carrier.Fence, o)
}
