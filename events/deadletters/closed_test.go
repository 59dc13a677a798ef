package deadletters_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/order"
)

func TestWhoDiscardedALetterAndWhyIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, open func(deadletters.Config) *deadletters.Index) {
		var log bytes.Buffer
		x := open(deadletters.Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
		require.NoError(t, x.Add(t.Context(), died(t, "email", "ord_1", events.DeadPermanent, 1)))
		id := all(t, x, deadletters.Filter{}, 1)[0].ID
		for range 2 {
			l, err := x.Discard(t.Context(), id, "ada", "a test order")
			require.NoError(t, err)
			require.Equal(t, deadletters.Discarded, l.State)
			require.Equal(t, "ada", l.By)
			require.Equal(t, "a test order", l.Why)
			require.NotNil(t, l.ClosedAt)
		}
		require.Equal(t, 1, bytes.Count(log.Bytes(), []byte(`by=ada why="a test order"`)))
		require.Contains(t, log.String(), "order_id=ord_1")
		_, err := x.Discard(t.Context(), id, "eve", "because")
		require.ErrorIs(t, err, deadletters.ErrDiscarded)
		require.ErrorContains(t, err, "by ada: a test order")
		_, err = x.Redrive(t.Context(), id)
		require.ErrorIs(t, err, deadletters.ErrDiscarded)
		_, err = x.Discard(t.Context(), "email.nothing", "ada", "why")
		require.ErrorIs(t, err, deadletters.ErrUnknown)
		require.NoError(t, x.Add(t.Context(), died(t, "email", "ord_1", events.DeadPermanent, 1)), "a repeat")
		require.Empty(t, all(t, x, deadletters.Filter{}, 50))
	})
}

// A process that was frozen as it handed over a death goes on when the event
// has been redriven, and has died again.
func TestAnOldDeathThatComesLateChangesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, open func(deadletters.Config) *deadletters.Index) {
		x := open(deadletters.Config{})
		first, second := died(t, "email", "ord_1", events.DeadPermanent, 1), died(t, "email", "ord_1", events.DeadAttempts, 2)
		require.NoError(t, x.Add(t.Context(), first))
		require.NoError(t, x.Add(t.Context(), second))
		l := all(t, x, deadletters.Filter{}, 50)
		require.NoError(t, x.Add(t.Context(), first))
		require.Equal(t, l, all(t, x, deadletters.Filter{}, 50))
		require.Equal(t, events.DeadAttempts, l[0].Reason)
		_, err := x.Discard(t.Context(), l[0].ID, "ada", "a test order")
		require.NoError(t, err)
		require.NoError(t, x.Add(t.Context(), first))
		require.Empty(t, all(t, x, deadletters.Filter{}, 50))
	})
}

func TestALetterExpiresWithALineInTheLog(t *testing.T) {
	onEach(t, func(t *testing.T, open func(deadletters.Config) *deadletters.Index) {
		var log bytes.Buffer
		registry := prometheus.NewRegistry()
		x := open(deadletters.Config{KeepFor: time.Millisecond, Registry: registry, Log: slog.New(slog.NewTextHandler(&log, nil))})
		lasting := open(deadletters.Config{})
		const letters = 130
		for i := range letters {
			require.NoError(t, x.Add(t.Context(), died(t, "email", order.ID(fmt.Sprintf("ord_%d", i)), events.DeadPermanent, i)))
		}
		require.NoError(t, lasting.Add(t.Context(), died(t, "email", "ord_0", events.DeadPermanent, 1000)), "it dies again")
		var forgotten []int
		require.Eventually(t, func() bool {
			n, err := x.Expire(t.Context())
			forgotten = append(forgotten, n)
			return err == nil && n == 0
		}, time.Minute, 10*time.Millisecond)
		require.Equal(t, []int{100, letters - 1 - 100, 0}, forgotten)
		require.Equal(t, []string{"email." + events.ID("ord_0", 1)}, ids(all(t, x, deadletters.Filter{}, 50)))
		for i := 1; i < letters; i++ {
			require.Regexp(t, fmt.Sprintf("level=ERROR msg=\"a dead letter expires.* order_id=ord_%d ", i), log.String())
		}
		require.Equal(t, letters-1.0, sum(t, registry, "makegood_dead_letters_expired_total"))
		require.Empty(t, all(t, x, deadletters.Filter{OrderID: "ord_1"}, 50))
	})
}

func TestALetterThatDiesAgainWhileItExpiresStays(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
	defer func() { _ = client.Close() }()
	cfg := deadletters.Config{Namespace: rand.Text(), Log: quiet}
	lasting := deadletters.New(client, cfg)
	cfg.KeepFor = time.Millisecond
	mortal := deadletters.New(client, cfg)
	for round := range 10 {
		const letters = 100
		name := func(i int) order.ID { return order.ID(fmt.Sprintf("ord_%d_%d", round, i)) }
		for i := range letters {
			require.NoError(t, mortal.Add(t.Context(), died(t, "email", name(i), events.DeadPermanent, 1)))
		}
		var expiring sync.WaitGroup
		expiring.Go(func() {
			if _, err := lasting.Expire(t.Context()); err != nil {
				t.Error(err)
			}
		})
		for i := letters - 1; i >= 0; i-- { // towards it
			require.NoError(t, lasting.Add(t.Context(), died(t, "email", name(i), events.DeadPermanent, 2)))
		}
		expiring.Wait()
		require.Len(t, all(t, lasting, deadletters.Filter{}, 100), (round+1)*letters)
	}
}

// meanwhile has something happen between a claim and the reading of what was
// claimed.
type meanwhile struct {
	redis.Hook
	happen func()
	once   sync.Once
	over   bool
}

func (m *meanwhile) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (m *meanwhile) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (m *meanwhile) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		// A client's first pipeline is its handshake.
		if strings.EqualFold(cmds[0].Name(), "hmget") {
			m.once.Do(func() { m.happen(); m.over = true })
		}
		return next(ctx, cmds)
	}
}

func TestWhatIsNoLongerToBeRedrivenIsNotClaimed(t *testing.T) {
	for name, happen := range map[string]func(*testing.T, *deadletters.Index, deadletters.Letter){
		"given back": func(t *testing.T, x *deadletters.Index, l deadletters.Letter) {
			require.NoError(t, x.Redriven(t.Context(), l))
		},
		"dead again": func(t *testing.T, x *deadletters.Index, _ deadletters.Letter) {
			require.NoError(t, x.Add(t.Context(), died(t, "email", "ord_1", events.DeadPermanent, 2)))
		},
		"dead again and discarded": func(t *testing.T, x *deadletters.Index, l deadletters.Letter) {
			require.NoError(t, x.Add(t.Context(), died(t, "email", "ord_1", events.DeadPermanent, 2)))
			_, err := x.Discard(t.Context(), l.ID, "ada", "too late")
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := deadletters.Config{Namespace: rand.Text(), Lease: time.Millisecond, Log: slog.New(slog.DiscardHandler)}
			open := func() (*redis.Client, *deadletters.Index) {
				client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
				t.Cleanup(func() { _ = client.Close() })
				return client, deadletters.New(client, cfg)
			}
			_, other := open()
			require.NoError(t, other.Add(t.Context(), died(t, "email", "ord_1", events.DeadPermanent, 1)))
			_, err := other.Redrive(t.Context(), all(t, other, deadletters.Filter{}, 1)[0].ID)
			require.NoError(t, err)
			held, err := other.Claim(t.Context(), "email", 1)
			require.NoError(t, err)
			require.Len(t, held, 1)

			client, x := open()
			m := &meanwhile{happen: func() { happen(t, other, held[0]) }}
			client.AddHook(m)
			for !m.over { // until the other's lease is
				claimed, err := x.Claim(t.Context(), "email", 1)
				require.NoError(t, err)
				require.Empty(t, claimed)
			}
		})
	}
}
