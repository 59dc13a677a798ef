package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/servers"
)

// admin is a client of the one node.
func admin(t *testing.T, node *servers.RedisServer) *redis.Client {
	t.Helper()
	return open(t, node.URL).(*redis.Client)
}

// slotOf is the one slot that the pool's keys are in. Something must be in the
// pool.
func slotOf(t *testing.T, c *servers.RedisCluster, pool string) int {
	t.Helper()
	slots := map[int64]bool{}
	for _, node := range c.Nodes {
		client := admin(t, node)
		keys := client.Scan(t.Context(), 0, "*"+pool+"*", 1000).Iterator()
		for keys.Next(t.Context()) {
			slot, err := client.ClusterKeySlot(t.Context(), keys.Val()).Result()
			require.NoError(t, err)
			slots[slot] = true
		}
		require.NoError(t, keys.Err())
	}
	require.Len(t, slots, 1)
	for slot := range slots {
		return int(slot)
	}
	return 0
}

// poolAwayFrom names a pool that another master has.
func poolAwayFrom(t *testing.T, c *servers.RedisCluster, master *servers.RedisServer) string {
	t.Helper()
	client := open(t, c.URL)
	for range 100 {
		pool := newPool() + "-lives"
		_, err := newStock(client, pool).Set(t.Context(), "ANY", 1, "find out where", "")
		require.NoError(t, err)
		at, _, err := c.Serving(t.Context(), slotOf(t, c, pool))
		require.NoError(t, err)
		if at != master {
			return pool
		}
	}
	t.Fatal("one master has every pool")
	return ""
}

// awaitCopy waits until the replica has all that its master has.
func awaitCopy(t *testing.T, master, replica *servers.RedisServer) {
	t.Helper()
	require.NoError(t, until(func() error {
		sent := info(t, master, "replication", "master_repl_offset")
		if got := info(t, replica, "replication", "slave_repl_offset"); got != sent {
			return fmt.Errorf("the replica is at %s, its master at %s", got, sent)
		}
		return nil
	}))
}

// mend leaves the cluster as the next test wants it. The test's own context is
// over by then.
func mend(t *testing.T, c *servers.RedisCluster, node *servers.RedisServer) {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, errors.Join(node.Restart(ctx), c.AwaitWhole(ctx)))
}

// refusals is how often the nodes have answered with the error.
func refusals(t *testing.T, name string, nodes ...*servers.RedisServer) int {
	t.Helper()
	sum := 0
	for _, node := range nodes {
		count, found := strings.CutPrefix(info(t, node, "errorstats", "errorstat_"+name), "count=")
		if !found {
			continue // never yet
		}
		n, err := strconv.Atoi(count)
		require.NoError(t, err)
		sum += n
	}
	return sum
}

// awaitRefusals waits until the nodes have answered so many more calls with it.
func awaitRefusals(t *testing.T, more int, name string, nodes ...*servers.RedisServer) {
	t.Helper()
	from := refusals(t, name, nodes...)
	require.NoError(t, until(func() error {
		if n := refusals(t, name, nodes...) - from; n < more {
			return fmt.Errorf("%d more calls were answered %s", n, name)
		}
		return nil
	}))
}

// info is one field of the server's INFO, empty if it is not there.
func info(t *testing.T, node *servers.RedisServer, section, field string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: node.Address})
	defer func() { _ = client.Close() }()
	text, err := client.Info(ctx, section).Result()
	require.NoError(t, err)
	for line := range strings.Lines(text) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), field+":"); found {
			return value
		}
	}
	return ""
}
