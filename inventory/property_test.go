package inventory_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"makegood/inventory"
	"makegood/order"
)

// Orders and changes come from a few ids, so that a random sequence is full of
// retries, duplicates, late arrivals and ids used again for another body.
func TestRandomInterleavingsKeepTheBooks(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		rapid.Check(t, func(t *rapid.T) {
			pool := newPool()
			stock := inventory.New(client, inventory.Config{Namespace: pool})
			m := newModel()
			pick := rapid.SampledFrom(rapid.SliceOfN(anOrder, 2, 8).Draw(t, "orders"))
			pickChange := rapid.SampledFrom(rapid.SliceOfN(aChange, 2, 8).Draw(t, "changes"))
			t.Repeat(map[string]func(*rapid.T){
				"reserve": func(t *rapid.T) { m.reserve(t, stock, pick.Draw(t, "order")) },
				"commit":  func(t *rapid.T) { m.commit(t, stock, pick.Draw(t, "order")) },
				"release": func(t *rapid.T) { m.release(t, stock, pick.Draw(t, "order")) },
				"change":  func(t *rapid.T) { m.change(t, stock, pickChange.Draw(t, "change")) },
				"expire":  func(t *rapid.T) { m.expire(t, client, pool, pick.Draw(t, "order").ID) },
				"repair":  func(t *rapid.T) { m.repair(t, stock, pick.Draw(t, "order"), aState.Draw(t, "state")) },
				"":        func(t *rapid.T) { check(t, m, stock) },
			})
		})
	})
}

var (
	aState = rapid.SampledFrom([]inventory.State{inventory.Held, inventory.Committed, inventory.Released})

	aSKU  = rapid.SampledFrom([]string{"MUG", "CUP", "HAT"})
	aLine = rapid.Custom(func(t *rapid.T) order.Line {
		return line(aSKU.Draw(t, "sku"), rapid.Int64Range(1, 3).Draw(t, "quantity"))
	})
	aChange = rapid.Custom(func(t *rapid.T) change {
		c := change{sku: aSKU.Draw(t, "sku"), set: rapid.Bool().Draw(t, "set")}
		c.operation = rapid.SampledFrom([]string{"1", "2", "3", "4", "5", "6"}).Draw(t, "operation")
		c.units = rapid.Int64Range(-4, 6).Draw(t, "units")
		if c.set {
			c.units = max(c.units, 0)
		}
		return c
	})
	anOrder = rapid.Custom(func(t *rapid.T) order.Order {
		id := rapid.SampledFrom([]order.ID{"a", "b", "c", "d"}).Draw(t, "id")
		return buy(id, rapid.SliceOfN(aLine, 1, 4).Draw(t, "lines")...)
	})
)

// check compares Redis with the model, SKU by SKU, and with itself: what is
// held of a SKU is what the records of open holds say.
func check(t *rapid.T, m *model, stock *inventory.Stock) {
	ctx := context.Background()
	levels, next, err := stock.Levels(ctx, "", 10)
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, levels, len(m.onHand))
	open := openHolds(t, stock)
	for _, level := range levels {
		require.Equal(t, m.onHand[level.SKU], level.OnHand)
		require.Equal(t, m.held[level.SKU], level.Held)
		require.Equal(t, open[level.SKU], level.Held)
		require.GreaterOrEqual(t, level.Held, int64(0))
		if !m.repaired { // which may oversell
			require.GreaterOrEqual(t, level.Available, int64(0))
		}
		books, err := stock.Count(ctx, level.SKU)
		require.NoError(t, err)
		require.Equal(t, inventory.Books{Level: level, OnHandByBooks: level.OnHand, HeldByRecords: level.Held}, books)
		require.Equal(t, level.OnHand-level.Held, level.Available)
	}
}

// openHolds adds up what the index of holds leads to.
func openHolds(t *rapid.T, stock *inventory.Stock) map[string]int64 {
	ctx := context.Background()
	holds, next, err := stock.Holds(ctx, 0)
	require.NoError(t, err)
	require.Zero(t, next)
	ids := make([]order.ID, len(holds))
	for i, hold := range holds {
		require.WithinDuration(t, time.Now(), hold.Since, time.Minute)
		ids[i] = hold.Order
	}
	records, err := stock.Records(ctx, ids)
	require.NoError(t, err)
	held := map[string]int64{}
	for _, record := range records {
		require.Equal(t, inventory.Held, record.State)
		for _, l := range record.Lines {
			held[l.SKU] += l.Quantity
		}
	}
	return held
}
