package inventory_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/inventory"
	"makegood/order"
)

// What Redis needs for a SKU, for an order of three lines that holds units, and
// for one that is closed. docs/stock.md names these bounds.
func TestMemoryIsBounded(t *testing.T) {
	requireServer(t)
	addr, stop, err := startServer()
	require.NoError(t, err)
	t.Cleanup(stop)
	client := open(t, "redis://"+addr)
	stock := inventory.New(client, inventory.Config{Namespace: "memory"})
	const n = 10_000
	each := func(do func(i int) error) {
		var group errgroup.Group
		group.SetLimit(64)
		for i := range n {
			group.Go(func() error { return do(i) })
		}
		require.NoError(t, group.Wait())
	}
	orders := func(i int) order.Order {
		sku := func(k int) string { return fmt.Sprintf("SKU-%08d", (i+k)%n) }
		return buy(order.ID(fmt.Sprintf("ord_%026d", i)), line(sku(0), 1), line(sku(1), 2), line(sku(2), 3))
	}
	for _, step := range []struct {
		what  string
		do    func(i int) error
		bytes int64 // at most, each
	}{
		{"a SKU, and the record of its Set", func(i int) error {
			_, err := stock.Set(t.Context(), fmt.Sprintf("SKU-%08d", i), 1000, fmt.Sprint("set-", i), "test")
			return err
		}, 900},
		{"an order that holds units", func(i int) error { _, err := stock.Reserve(t.Context(), orders(i)); return err }, 450},
		{"what is more once it is closed", func(i int) error { _, err := stock.Commit(t.Context(), orders(i)); return err }, 100},
	} {
		before := used(t, client)
		each(step.do)
		bytes := (used(t, client) - before) / n
		t.Logf("%s: %d bytes", step.what, bytes)
		require.LessOrEqual(t, bytes, step.bytes, step.what)
	}
}

func used(t *testing.T, client redis.UniversalClient) int64 {
	t.Helper()
	info, err := client.InfoMap(t.Context(), "memory").Result()
	require.NoError(t, err)
	n, err := strconv.ParseInt(info["Memory"]["used_memory"], 10, 64)
	require.NoError(t, err)
	return n
}
