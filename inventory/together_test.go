package inventory_test

import (
	"bytes"
	"context"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
	"makegood/order"
)

// trips counts the round trips that several calls may share.
type trips struct {
	n atomic.Int64
}

func (*trips) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (*trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (c *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmds)
	}
}

// paused is a pool on a server that answers nobody for the time.
func paused(t *testing.T, pause time.Duration) (shelf, *trips) {
	t.Helper()
	client := open(t, "redis://"+single(t))
	s := newShelf(t, client, map[string]int64{"MUG": 1000})
	s.done(s.Reserve, buy("first", line("MUG", 1))) // loads the script
	count := &trips{}
	client.AddHook(count)
	require.NoError(t, client.Do(t.Context(), "CLIENT", "PAUSE", pause.Milliseconds(), "ALL").Err())
	return s, count
}

func TestCallersShareRoundTrips(t *testing.T) {
	s, count := paused(t, 500*time.Millisecond)
	together(200, func(i int) {
		if _, err := s.Reserve(t.Context(), buy(order.ID(strconv.Itoa(i)), line("MUG", 1))); err != nil {
			t.Error(err)
		}
	})
	s.level("MUG", 1000, 201)
	require.Less(t, count.n.Load(), int64(100))
}

func TestOneThatGivesUpHoldsUpNobody(t *testing.T) {
	s, _ := paused(t, 500*time.Millisecond)
	together(50, func(i int) {
		o := buy(order.ID(strconv.Itoa(i)), line("MUG", 1))
		if i%2 == 0 {
			hurried, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := s.Reserve(hurried, o)
			if err == nil {
				t.Errorf("the server answered %d while it was paused", i)
			}
		}
		if _, err := s.Reserve(t.Context(), o); err != nil {
			t.Error(err)
		}
	})
	s.level("MUG", 1000, 51)
}

func TestAServerThatForgotTheScriptsIsToldAgain(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"MUG": 1000})
		s.done(s.Reserve, buy("first", line("MUG", 1)))
		require.NoError(t, client.ScriptFlush(t.Context()).Err())
		together(100, func(i int) {
			if _, err := s.Reserve(t.Context(), buy(order.ID(strconv.Itoa(i)), line("MUG", 1))); err != nil {
				t.Error(err)
			}
		})
		s.level("MUG", 1000, 101)
	})
}

func TestARecordThatSomebodySpoiltIsItsOwnOrdersAlone(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"MUG": 1000})
		require.NoError(t, client.Set(t.Context(), inventory.KeyPrefix(s.pool)+"order:0", "no record", 0).Err())
		together(100, func(i int) {
			_, err := s.Reserve(t.Context(), buy(order.ID(strconv.Itoa(i)), line("MUG", 1)))
			if spoilt := i == 0; spoilt != (err != nil) {
				t.Errorf("order %d: %v", i, err)
			}
		})
		s.level("MUG", 1000, 99)
	})
}

// hole is a connection whose network dies without a word while it has one of the
// next scripts, as long as there are some to die with.
type hole struct {
	net.Conn
	dies *atomic.Int64
	dead atomic.Bool
}

func (h *hole) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("evalsha")) && h.dies.Add(-1) >= 0 {
		h.dead.Store(true)
	}
	if h.dead.Load() {
		return len(b), nil
	}
	return h.Conn.Write(b)
}

// Connections that died without a word hold up those who use them, and nobody
// for as long as the server may take.
func TestDeadConnectionsHoldUpFew(t *testing.T) {
	var dies atomic.Int64
	client := redis.NewClient(&redis.Options{
		Addr: single(t), ContextTimeoutEnabled: true, ReadTimeout: time.Minute,
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return &hole{Conn: conn, dies: &dies}, err
		},
	})
	t.Cleanup(func() { _ = client.Close() })
	s := newShelf(t, client, map[string]int64{"MUG": 1000})
	s.done(s.Reserve, buy("first", line("MUG", 1)))
	dies.Store(2)
	together(64, func(i int) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := s.Reserve(ctx, buy(order.ID(strconv.Itoa(i)), line("MUG", 1))); err != nil {
			t.Error(err)
		}
	})
	require.Negative(t, dies.Load(), "both have died")
	s.level("MUG", 1000, 65)
}
