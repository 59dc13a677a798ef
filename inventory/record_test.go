package inventory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
	"makegood/order"
)

func (s shelf) key(rest string) string { return inventory.KeyPrefix(s.pool) + rest }

// keptFor is how long the server keeps a record; -1 means for ever.
func (s shelf) keptFor(key string) time.Duration {
	s.Helper()
	ttl, err := s.client.PTTL(s.Context(), s.key(key)).Result()
	require.NoError(s, err)
	return ttl
}

func TestOnlyWhatClosesARecordLetsItExpire(t *testing.T) {
	const month = (30 + 7) * 24 * time.Hour
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"MUG": 5})
		closed := func(key string) {
			t.Helper()
			require.InDelta(t, month, s.keptFor(key), float64(time.Minute))
		}

		s.done(s.Reserve, buy("open", line("MUG", 1)))
		s.done(s.Reserve, buy("open", line("MUG", 1)))
		require.EqualValues(t, -1, s.keptFor("order:open"))

		s.done(s.Reserve, buy("committed", line("MUG", 1)))
		s.done(s.Commit, buy("committed", line("MUG", 1)))
		closed("order:committed")
		s.done(s.Reserve, buy("released", line("MUG", 1)))
		s.done(s.Release, buy("released", line("MUG", 1)))
		closed("order:released")
		s.refused(s.Reserve, buy("short", line("MUG", 9)))
		closed("order:short")
		s.done(s.Release, buy("fenced", line("MUG", 1)))
		closed("order:fenced")
		closed("operation:fill MUG")
		require.EqualValues(t, -1, s.keptFor("on_hand:MUG"))
	})
}

func TestKeepForIsAsConfigured(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, nil)
		s.Stock = inventory.New(client, inventory.Config{Namespace: s.pool, KeepFor: time.Hour})
		s.done(s.Release, buy("o", line("MUG", 1)))
		require.InDelta(t, time.Hour, s.keptFor("order:o"), float64(time.Minute))
	})
}

func TestARecordTellsTheAuditWhatItHolds(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"MUG": 5, "CUP": 5})
		o := buy("o", line("MUG", 1), line("CUP", 2), line("MUG", 1))
		at := s.done(s.Reserve, o).At
		record, err := client.Get(t.Context(), s.key("order:o")).Result()
		require.NoError(t, err)
		require.JSONEq(t, fmt.Sprintf(`{"state":"held","fingerprint":%q,"reserved_at":%d,"lines":{"MUG":2,"CUP":2}}`,
			o.Fingerprint(), at.UnixMilli()), record)
	})
}

func TestBooksThatSomebodyChangedByHandAreNotMadeWorse(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"MUG": 5, "CUP": 5})
		o := buy("o", line("CUP", 1), line("MUG", 2))
		s.done(s.Reserve, o)
		require.NoError(t, client.Set(t.Context(), s.key("available:MUG"), 4, 0).Err())
		for _, do := range []effect{s.Commit, s.Release} {
			s.fails(do, o, inventory.ErrUnbalanced)
			_, err := do(t.Context(), o)
			require.ErrorContains(t, err, "MUG")
		}
		s.level("CUP", 5, 1)
		s.level("MUG", 5, 1)

		require.NoError(t, client.MSet(t.Context(), s.key("available:MUG"), -1, s.key("on_hand:MUG"), 1).Err())
		s.fails(s.Commit, o, inventory.ErrUnbalanced)
		s.level("CUP", 5, 1)
		require.Equal(t, []order.Shortage{{SKU: "MUG", Asked: 1, Available: 0}},
			s.refused(s.Reserve, buy("p", line("MUG", 1))).Shortages)
		s.done(s.Release, o)
		s.level("MUG", 1, 0)
	})
}

func TestPoolsShareNothing(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		one := newShelf(t, client, map[string]int64{"MUG": 1})
		two := newShelf(t, client, map[string]int64{"MUG": 1})
		one.done(one.Reserve, buy("o", line("MUG", 1)))
		two.level("MUG", 1, 0)
		require.True(t, two.done(two.Release, buy("o", line("MUG", 1))).Null)
		one.level("MUG", 1, 1)
	})
}

func TestAServerThatForgotTheScriptsIsTaughtThemAgain(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"MUG": 2})
		s.done(s.Reserve, buy("o", line("MUG", 1)))
		require.NoError(t, client.ScriptFlush(t.Context()).Err())
		s.done(s.Reserve, buy("p", line("MUG", 1)))
		s.level("MUG", 2, 2)
	})
}
