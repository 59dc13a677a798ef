package rabbitmq_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/tests/harness"
)

// ledger is an ordered consumer that two processes run.
var ledger = events.Consumer{
	Name: "ledger", Ordered: true,
	Retries: []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond},
}

func TestAnOrderedConsumerGetsWhatWasPublishedInThatOrder(t *testing.T) {
	cfg, _ := corner(t)
	cfg.Consumers = []events.Consumer{ledger}
	p := publisher(t, cfg)
	var published []string
	for i := range 40 {
		made := story(t, fmt.Sprintf("ord_%d", i))
		require.NoError(t, p.Publish(within(t, time.Minute), made))
		for _, e := range made {
			published = append(published, e.ID)
		}
	}
	var mu sync.Mutex
	var handled []string
	failures := map[string]int{published[7]: 2, published[100]: 3}
	handle := func(_ context.Context, e events.Event) error {
		mu.Lock()
		defer mu.Unlock()
		if failures[e.ID] > 0 {
			failures[e.ID]--
			return errors.New("not now")
		}
		handled = append(handled, e.ID)
		return nil
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(handled)
	}
	for range 2 {
		consume(t, subscriber(t, cfg), events.Subscription{Consumer: ledger, Handler: handle})
	}
	for _, n := range []int{10, 60, 120} {
		harness.Holds(t, "it goes on", func() bool { return count() >= n })
		cut(t)
	}
	harness.Holds(t, "all are handled", func() bool { return count() == len(published) })
	require.Equal(t, published, handled)
}

func TestWhatAnOrderedConsumerCannotHandleIsDeadAfterItsAttempts(t *testing.T) {
	cfg, journal := corner(t)
	cfg.Consumers = []events.Consumer{ledger}
	p, s := publisher(t, cfg), subscriber(t, cfg)
	made := story(t, "ord_1")
	var mu sync.Mutex
	var tried []int
	consume(t, s, events.Subscription{Consumer: ledger, Handler: func(_ context.Context, e events.Event) error {
		mu.Lock()
		tried = append(tried, e.Sequence)
		first := len(tried) == 2
		mu.Unlock()
		if e.Sequence != 2 {
			return nil
		}
		if first {
			cut(t) // what was counted so far stays counted
		}
		return errors.New("never")
	}})
	require.NoError(t, p.Publish(within(t, time.Minute), made))
	harness.Holds(t, "the rest goes on", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(tried) >= 8
	})
	require.Equal(t, []int{1, 2, 2, 2, 2, 3, 4, 5}, tried)
	require.Equal(t, 1, journal.count("an event is dead"))
	require.Equal(t, 1, depth(t, channel(t, cfg), "makegood.ledger.dead"))
}

func consume(t *testing.T, s events.Subscriber, sub events.Subscription) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Consume(ctx, sub) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}
