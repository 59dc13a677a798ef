package servers_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/servers"
)

// A cluster that has started is whole: every node knows every slot's replica,
// and that takes over when it is told to.
func TestRedisClusterIsWholeOnceItHasStarted(t *testing.T) {
	needs(t, "redis")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster, err := servers.NewRedisCluster(ctx, servers.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, cluster.Stop()) }()
	replica := ""
	for _, node := range cluster.Nodes {
		client := redis.NewClient(&redis.Options{Addr: node.Address})
		slots, err := client.ClusterSlots(ctx).Result() //nolint:staticcheck // what makegood's own client asks
		require.NoError(t, err)
		require.NoError(t, client.Close())
		require.Len(t, slots, 3)
		for _, r := range slots {
			require.Len(t, r.Nodes, 2, "%d to %d as %s knows it", r.Start, r.End, node.Address)
			replica = r.Nodes[1].Addr
		}
	}
	client := redis.NewClient(&redis.Options{Addr: replica})
	defer func() { _ = client.Close() }()
	require.NoError(t, client.ClusterFailover(ctx).Err())
}
