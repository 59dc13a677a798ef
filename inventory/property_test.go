package inventory_test

import (
	"context"
	"encoding/json"
	"testing"

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
				"":        func(t *rapid.T) { check(t, m, stock, client, pool) },
			})
		})
	})
}

var (
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
func check(t *rapid.T, m *model, stock *inventory.Stock, client redis.UniversalClient, pool string) {
	ctx := context.Background()
	levels, next, err := stock.Levels(ctx, "", 10)
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, levels, len(m.onHand))
	open := openHolds(t, client, pool)
	for _, level := range levels {
		require.Equal(t, m.onHand[level.SKU], level.OnHand)
		require.Equal(t, m.held[level.SKU], level.Held)
		require.Equal(t, open[level.SKU], level.Held)
		require.GreaterOrEqual(t, level.Held, int64(0))
		require.GreaterOrEqual(t, level.Available, int64(0))
		require.Equal(t, level.OnHand-level.Held, level.Available)
	}
}

func openHolds(t *rapid.T, client redis.UniversalClient, pool string) map[string]int64 {
	ctx := context.Background()
	held := map[string]int64{}
	for _, id := range []string{"a", "b", "c", "d"} {
		record, err := client.HGetAll(ctx, "makegood:{stock:"+pool+"}:order:"+id).Result()
		require.NoError(t, err)
		if record["state"] != "held" {
			continue
		}
		var lines map[string]int64
		require.NoError(t, json.Unmarshal([]byte(record["lines"]), &lines))
		for sku, n := range lines {
			held[sku] += n
		}
	}
	return held
}
