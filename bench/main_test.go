package bench_test

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a Redis of the test's own.
func start(t *testing.T) (*servers.RedisServer, *redis.Client) {
	t.Helper()
	requireRedis(t)
	server, err := servers.Redis(t.Context(), servers.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server, connect(t, server.Address)
}

// startCluster runs a cluster of one node, which has every slot.
func startCluster(t *testing.T) (url string, node *redis.Client) {
	t.Helper()
	requireRedis(t)
	port, err := servers.FreePort(0)
	require.NoError(t, err)
	bus, err := servers.FreePort(0)
	require.NoError(t, err)
	server := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", t.TempDir(),
		"--save", "", "--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus))
	exited, err := servers.Private(server)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = server.Process.Kill()
		<-exited
	})
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	node = connect(t, addr)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	until(ctx, t, func() bool { return node.Ping(ctx).Err() == nil })
	require.NoError(t, node.ClusterAddSlotsRange(ctx, 0, 16383).Err())
	until(ctx, t, func() bool { return strings.Contains(node.ClusterInfo(ctx).Val(), "cluster_state:ok") })
	return "redis+cluster://" + addr, node
}

func until(ctx context.Context, t *testing.T, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			t.Fatal("not in time")
		case <-tick.C:
		}
	}
}

func connect(t *testing.T, addr string) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func requireRedis(t *testing.T) {
	t.Helper()
	if !servers.HasRedis() {
		t.Skip("redis-server is not on PATH: apt-get install redis-server")
	}
}
