package inventory_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/inventory"
)

// Every case runs on each of these. The cluster has one node: it proves that
// no script touches two slots.
var backends = []struct {
	name string
	url  func(testing.TB) string
}{
	{"miniredis", func(testing.TB) string { return "redis://" + embedded().Addr() }},
	{"redis-server", func(t testing.TB) string { return "redis://" + single(t) }},
	{"redis-server as a cluster", func(t testing.TB) string { return "redis+cluster://" + cluster(t) }},
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

var sharedSingle = sync.OnceValues(func() (string, error) { return startShared() })

func single(t testing.TB) string {
	t.Helper()
	requireServer(t)
	addr, err := sharedSingle()
	require.NoError(t, err)
	return addr
}

var sharedCluster = sync.OnceValues(func() (string, error) {
	addr, err := startShared("--cluster-enabled", "yes")
	if err != nil {
		return "", err
	}
	return addr, formCluster(addr)
})

// formCluster gives the node every slot and waits until it serves them.
func formCluster(addr string) error {
	node := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = node.Close() }()
	if err := node.ClusterAddSlotsRange(context.Background(), 0, 16383).Err(); err != nil {
		return err
	}
	return until(func() error {
		info, err := node.ClusterInfo(context.Background()).Result()
		if err == nil && !strings.Contains(info, "cluster_state:ok") {
			err = fmt.Errorf("the cluster is not ready: %s", info)
		}
		return err
	})
}

func cluster(t testing.TB) string {
	t.Helper()
	requireServer(t)
	addr, err := sharedCluster()
	require.NoError(t, err)
	return addr
}

func requireServer(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not on PATH: apt-get install redis-server")
	}
}

func startShared(settings ...string) (string, error) {
	addr, stop, err := startServer(settings...)
	if err == nil {
		stops = append(stops, stop)
	}
	return addr, err
}
