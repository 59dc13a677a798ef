package activities

import (
	"context"

	"makegood/order"
)

// Reserve holds the quantity of every line, or of none. It refuses with
// out_of_stock, naming each short SKU.
func (a *Activities) Reserve(ctx context.Context, o order.Order) (order.Fact, error) {
	return a.take(ctx, order.Reserve, a.Stock.Reserve, o)
}

// Release gives the held units back, or makes a late Reserve impossible.
func (a *Activities) Release(ctx context.Context, o order.Order) (order.Fact, error) {
	return a.insist(ctx, order.Release, a.Stock.Release, o)
}

// Commit takes the held units out of the stock. It only follows Ship.
func (a *Activities) Commit(ctx context.Context, o order.Order) (order.Fact, error) {
	return a.insist(ctx, order.Commit, a.Stock.Commit, o)
}
