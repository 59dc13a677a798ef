package servers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/servers"
)

// What the cluster has confirmed outlives the node that led its queue, which
// comes back as a member.
func TestRabbitMQClusterOutlivesItsLeader(t *testing.T) {
	needs(t, "rabbitmq")
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	dir := t.TempDir()
	cluster, err := servers.NewRabbitMQCluster(ctx, servers.Options{Dir: dir})
	require.NoError(t, err)
	defer func() {
		require.NoError(t, cluster.Stop())
		require.Eventually(t, func() bool { return len(processesOf(t, dir)) == 0 }, 20*time.Second, 20*time.Millisecond)
	}()
	require.Len(t, strings.Split(cluster.URL, ","), 3)
	require.NoError(t, declare(cluster.Nodes[0].URL, false))
	for _, node := range cluster.Nodes {
		require.NoError(t, declare(node.URL, true), "it is one cluster")
	}
	first, err := cluster.Leader(ctx, "parcels")
	require.NoError(t, err)
	settled := time.Now() // see Leader
	require.Eventually(t, func() bool { return time.Since(settled) > 3*time.Second }, time.Minute, 50*time.Millisecond)

	require.NoError(t, first.Kill())
	for _, node := range cluster.Nodes {
		if node != first {
			require.Eventually(t, func() bool { return declare(node.URL, true) == nil }, time.Minute, 50*time.Millisecond)
		}
	}
	require.NoError(t, first.Restart(ctx))
	require.NoError(t, cluster.AwaitWhole(ctx))
	second, err := cluster.Leader(ctx, "parcels")
	require.NoError(t, err)
	require.NotEqual(t, first.Address, second.Address, "a follower took over")
}
