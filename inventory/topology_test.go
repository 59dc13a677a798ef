package inventory_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/servers"
)

// A slot moves to another master key by key. Half moved, a script that wants
// keys of both masters is told to TRYAGAIN; what has moved is asked for at the
// new one (ASK); a client that knows only the old one is sent on (MOVED).
func TestASlotThatMovesIsNoShortage(t *testing.T) {
	c := cluster(t)
	pool := newPool() + "-moves"
	traffic := startTraffic(t, open(t, c.URL), pool)
	late := newStock(open(t, c.URL), pool)
	require.NoError(t, late.Ping(t.Context()), "it knows the old master")
	traffic.goesOn(t, 20)

	moves := 0
	require.NoError(t, c.Migrate(t.Context(), slotOf(t, c, pool), 1, func(left int) error {
		if moves++; moves == 1 {
			require.Positive(t, left)
			awaitRefusals(t, 10, "TRYAGAIN", c.Nodes...)
		}
		if left == 0 {
			awaitRefusals(t, 10, "ASK", c.Nodes...)
			traffic.heardAgain(t, 10)
		}
		return nil
	}))
	before := refusals(t, "MOVED", c.Nodes...)
	outcome, err := late.Reserve(t.Context(), traffic.first)
	require.NoError(t, err)
	require.Equal(t, traffic.heard, outcome)
	require.Greater(t, refusals(t, "MOVED", c.Nodes...), before)
	traffic.goesOn(t, 20)
	traffic.close(t)
}

// A master dies. Until its replica takes over, the others serve no slot at all
// (CLUSTERDOWN). What had not reached the replica would be lost
// (docs/stock.md), so it dies while no call is under way; the next ones find
// it dead.
func TestAMasterThatDiesIsNoShortage(t *testing.T) {
	c := cluster(t)
	pool := newPool() + "-dies"
	there := startTraffic(t, open(t, c.URL), pool)
	slot := slotOf(t, c, pool)
	dying, heir, err := c.Serving(t.Context(), slot)
	require.NoError(t, err)
	elsewhere := startTraffic(t, open(t, c.URL), poolAwayFrom(t, c, dying))
	both := []*traffic{there, elsewhere}
	for _, traffic := range both {
		traffic.goesOn(t, 10)
		traffic.gate.Lock()
	}
	awaitCopy(t, dying, heir)
	require.NoError(t, dying.Kill())
	t.Cleanup(func() { mend(t, c, dying) })
	for _, traffic := range both {
		traffic.gate.Unlock()
	}
	var alive []*servers.RedisServer
	for _, node := range c.Nodes {
		if node != dying {
			alive = append(alive, node)
		}
	}
	awaitRefusals(t, 10, "CLUSTERDOWN", alive...)
	require.NoError(t, within(30*time.Second, func() error {
		now, _, err := c.Serving(t.Context(), slot)
		if err == nil && now != heir {
			err = errors.New("the replica has not taken over")
		}
		return err
	}))
	for _, traffic := range both {
		traffic.goesOn(t, 20)
		traffic.close(t)
	}
}

// A failover makes a master a replica: it answers what it knows, and refuses
// to write (READONLY). So does the script, before its first write.
func TestAServerThatTurnsReplicaIsNoShortage(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	operator := admin(t, server)
	traffic := startTraffic(t, open(t, server.URL), newPool())
	traffic.goesOn(t, 20)
	for range 3 {
		require.NoError(t, operator.ReplicaOf(t.Context(), "127.0.0.1", "1").Err(), "where nobody listens")
		awaitRefusals(t, 20, "READONLY", server)
		require.NoError(t, operator.ReplicaOf(t.Context(), "NO", "ONE").Err())
		traffic.goesOn(t, 20)
	}
	traffic.close(t)
}

// A server that was killed reads its file before it serves (LOADING).
func TestAServerThatStartsAgainIsNoShortage(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	fill(t, server)
	traffic := startTraffic(t, open(t, server.URL), newPool())
	traffic.goesOn(t, 20)
	for kills, seen := 0, 0; seen < 3; kills++ {
		require.Less(t, kills, 10, "nobody has seen it load")
		require.NoError(t, server.Restart(t.Context()))
		// A script is turned away unread for this alone. The LOADING that is
		// counted may have been told to whoever waits for the server.
		if calls := info(t, server, "commandstats", "cmdstat_evalsha"); calls != "" && !strings.Contains(calls, "rejected_calls=0") {
			require.Positive(t, refusals(t, "LOADING", server))
			seen++
		}
		traffic.goesOn(t, 20)
	}
	traffic.close(t)
}

// fill gives the server some half a second to read when it starts.
func fill(t *testing.T, server *servers.RedisServer) {
	t.Helper()
	const some = "for i = 1, 100000 do redis.call('SET', KEYS[1] .. i, i) end return 'done'"
	for _, part := range []string{"a", "b", "c"} {
		require.NoError(t, admin(t, server).Eval(t.Context(), some, []string{part}).Err())
	}
}

// ownServer loses nothing that it has answered when it is killed.
func ownServer(t *testing.T) *servers.RedisServer {
	t.Helper()
	requireServer(t)
	server, err := servers.Redis(t.Context(), servers.Options{Durable: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}
