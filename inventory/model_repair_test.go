package inventory_test

import (
	"context"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"makegood/inventory"
	"makegood/order"
)

// expire has the server forget the order's record, as it does long after that
// was closed. One that is open never expires.
func (m *model) expire(t *rapid.T, client redis.UniversalClient, pool string, id order.ID) {
	if e := m.orders[id]; e == nil || e.state == "held" {
		return
	}
	require.NoError(t, client.Del(context.Background(), inventory.KeyPrefix(pool)+"order:"+string(id)).Err())
	delete(m.orders, id)
}

// repair puts the order in a state that nobody asked the stock for, or has it
// refused, as the record is not in the state that the repair began from.
func (m *model) repair(t *rapid.T, stock *inventory.Stock, o order.Order, to inventory.State) {
	before := m.orders[o.ID]
	seen := inventory.Unrecorded
	if before != nil {
		seen = inventory.State(before.state)
	}
	records, err := stock.Records(context.Background(), []order.ID{o.ID})
	require.NoError(t, err)
	require.Equal(t, seen, records[0].State)

	wrong := inventory.State("of another time")
	require.Error(t, stock.Repair(context.Background(), inventory.DemandOf(o), wrong, to, "test"))
	err = stock.Repair(context.Background(), inventory.DemandOf(o), seen, to, "test")
	e, ok := m.find(t, o, err)
	if !ok {
		return
	}
	moves := func(s inventory.State) bool { return s == inventory.Held || s == inventory.Committed }
	for sku := range e.demand {
		if _, known := m.onHand[sku]; !known && (moves(seen) || moves(to)) {
			require.ErrorIs(t, err, inventory.ErrUnknownSKU)
			return
		}
	}
	require.NoError(t, err)
	m.repaired = true
	m.put(e, -1)
	e.state = string(to)
	m.put(e, +1)
	m.orders[o.ID] = e
	e.hear(t, stock, o)
}

// hear learns the times that the repair has put on record.
func (e *entry) hear(t *rapid.T, stock *inventory.Stock, o order.Order) {
	ctx := context.Background()
	var err error
	switch e.state {
	case "committed":
		e.closed.outcome, err = stock.Commit(ctx, o)
	case "released":
		e.closed.outcome, err = stock.Release(ctx, o)
		require.NoError(t, err)
		return
	}
	require.NoError(t, err)
	e.reserved.short = nil
	e.reserved.outcome, err = stock.Reserve(ctx, o)
	require.NoError(t, err)
}

// put adds to the levels, or takes from them, what the entry's state means.
func (m *model) put(e *entry, sign int64) {
	for sku, n := range e.demand {
		switch e.state {
		case "held":
			m.held[sku] += sign * n
		case "committed":
			m.onHand[sku] -= sign * n
		}
	}
}

// oversold says that more was sold by repairs than there is for the entry.
func (m *model) oversold(e *entry) bool {
	for sku, n := range e.demand {
		if m.onHand[sku] < n {
			return true
		}
	}
	return false
}
