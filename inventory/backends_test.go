package inventory_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/inventory"
	"makegood/servers"
)

// Every case runs on each of these.
var backends = []struct {
	name string
	url  func(testing.TB) string
}{
	{"miniredis", func(testing.TB) string { return "redis://" + embedded().Addr() }},
	{"redis-server", func(t testing.TB) string { return "redis://" + single(t) }},
	{"a cluster of three masters", func(t testing.TB) string { return cluster(t).URL }},
}

// onEach runs the case on each back end, with a client of it.
func onEach(t *testing.T, run func(t *testing.T, client redis.UniversalClient)) {
	t.Helper()
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) { run(t, open(t, backend.url(t))) })
	}
}

func open(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	client, err := inventory.Open(url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

var pools atomic.Int64

// newPool names a pool that no other test uses.
func newPool() string { return "test-" + strconv.FormatInt(pools.Add(1), 10) }

func TestMain(m *testing.M) {
	code := m.Run()
	for _, stop := range stops {
		stop()
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// stops end what the tests share, after the last of them.
var stops []func()

var embedded = sync.OnceValue(func() *miniredis.Miniredis {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		panic(err)
	}
	stops = append(stops, server.Close)
	return server
})

var sharedSingle = sync.OnceValues(func() (string, error) {
	addr, stop, err := startServer()
	if err == nil {
		stops = append(stops, stop)
	}
	return addr, err
})

func single(t testing.TB) string {
	t.Helper()
	requireServer(t)
	addr, err := sharedSingle()
	require.NoError(t, err)
	return addr
}

var sharedCluster = sync.OnceValues(func() (*servers.RedisCluster, error) {
	c, err := servers.NewRedisCluster(context.Background(), servers.Options{})
	if err == nil {
		stops = append(stops, func() { _ = c.Stop() })
	}
	return c, err
})

// cluster is whole when a test gets it, and each test leaves it so.
func cluster(t testing.TB) *servers.RedisCluster {
	t.Helper()
	requireServer(t)
	c, err := sharedCluster()
	require.NoError(t, err)
	return c
}

func requireServer(t testing.TB) {
	t.Helper()
	if !servers.HasRedis() {
		t.Skip("redis-server is not on PATH: apt-get install redis-server")
	}
}
