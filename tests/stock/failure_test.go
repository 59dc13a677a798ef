package stock_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/servers"
	"makegood/tests/harness"
)

// failure is of the master that serves the pool's slot, step by step.
type failure struct {
	pool
	master, replica *servers.RedisServer
	asked           *redis.Client // the master
	successor       string        // the replica's id in the cluster
}

func failureOf(t *testing.T, cluster *servers.RedisCluster) failure {
	t.Helper()
	p, err := poolOf(t.Context(), cluster)
	require.NoError(t, err)
	master, replica, err := p.pair(t.Context())
	require.NoError(t, err)
	f := failure{pool: p, asked: dial(master.Addr), successor: replica.ID}
	t.Cleanup(func() { _ = f.asked.Close() })
	for _, node := range cluster.Nodes {
		switch node.Address {
		case master.Addr:
			f.master = node
		case replica.Addr:
			f.replica = node
		}
	}
	return f
}

var (
	written  = regexp.MustCompile(`master_repl_offset:(\d+)`)
	received = regexp.MustCompile(`slave0:.*,offset=(\d+)`)
)

// replicate waits until the replica has confirmed what was written so far.
func (f failure) replicate(t *testing.T) {
	t.Helper()
	goal, err := f.offset(t.Context(), written)
	require.NoError(t, err)
	harness.Eventually(t, func(ctx context.Context) error {
		is, err := f.offset(ctx, received)
		if err == nil && is < goal {
			err = fmt.Errorf("the replica has %d of %d bytes", is, goal)
		}
		return err
	})
}

func (f failure) offset(ctx context.Context, of *regexp.Regexp) (int64, error) {
	said, err := f.asked.Info(ctx, "replication").Result()
	if err != nil {
		return 0, err
	}
	found := of.FindStringSubmatch(said)
	if found == nil {
		return 0, fmt.Errorf("no %s in %q", of, said)
	}
	return strconv.ParseInt(found[1], 10, 64)
}

// sever keeps what is written from now on from the replica: it is frozen, so
// that it can't connect again, and its connection is closed. To freeze it would
// not do: the kernel keeps what was sent and delivers it after the master's death.
func (f failure) sever(t *testing.T) {
	t.Helper()
	require.NoError(t, f.replica.Freeze())
	closed, err := f.asked.ClientKillByFilter(t.Context(), "TYPE", "replica").Result()
	require.NoError(t, err)
	require.EqualValues(t, 1, closed)
}

// killMaster is with SIGKILL.
func (f failure) killMaster(t *testing.T) {
	t.Helper()
	require.NoError(t, f.master.Kill())
}

// takeOver lets the replica go on, and waits until it is the master.
func (f failure) takeOver(t *testing.T) {
	t.Helper()
	require.NoError(t, f.replica.Thaw())
	require.NoError(t, f.follows(t.Context(), f.successor))
}

// restartMaster waits until the one that died follows its successor.
func (f failure) restartMaster(t *testing.T) {
	t.Helper()
	require.NoError(t, f.master.Restart(t.Context()))
	harness.Eventually(t, func(ctx context.Context) error {
		master, replica, err := f.pair(ctx)
		if err == nil && (master.ID != f.successor || replica.Addr != f.master.Address) {
			err = fmt.Errorf("%s is the master and %s its replica", master.Addr, replica.Addr)
		}
		return err
	})
}
