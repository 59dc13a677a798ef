package stock_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/inventory"
	"makegood/servers"
	"makegood/tests/harness"
)

// A client that knew the master that died finds its successor within seconds.
func TestTheStockIsReachedSoonAfterAFailover(t *testing.T) {
	t.Parallel()
	cluster, err := servers.NewRedisCluster(t.Context(), servers.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cluster.Stop()) })
	client, err := inventory.Open(cluster.URL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	stock := inventory.New(client, inventory.Config{Namespace: "reached"})
	_, err = stock.Set(t.Context(), "MUG", 10, "operation", "")
	require.NoError(t, err)

	f := failureOf(t, cluster)
	f.replicate(t)
	f.killMaster(t)
	require.NoError(t, f.follows(t.Context(), f.successor))
	require.NoError(t, harness.Await(t.Context(), 5*time.Second, func(ctx context.Context) error {
		level, err := stock.Level(ctx, "MUG")
		if err == nil {
			require.EqualValues(t, 10, level.OnHand)
		}
		return err
	}))
}
