package deadletters_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log/slog"
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
			require.NoError(t, err)
			forgotten = append(forgotten, n)
			return n == 0
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
