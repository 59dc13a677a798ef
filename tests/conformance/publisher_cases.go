package conformance

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/order"
)

func manyPublishers(t *testing.T, tr Transport) {
	const publishers, orders = 20, 5
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: strict, Handler: seen.handle})
	var running sync.WaitGroup
	for i := range publishers {
		p := tr.Publisher(t, strict) // a connection of its own
		for n := range orders {
			running.Go(func() {
				for _, e := range story(t, fmt.Sprintf("ord_%d_%d", i, n)) {
					publish(t, p, []events.Event{e})
				}
			})
		}
	}
	running.Wait()
	requireInOrder(t, seen.await(t, publishers*orders*5))
}

func losesNothingOnReconnect(t *testing.T, tr Transport) {
	// Each cut makes the next reconnect later.
	const publishers, cuts, between = 4, 6, 40
	linked, link := tr.Linked(t)
	var seen log
	consume(t, linked.Subscriber(t), events.Subscription{
		Consumer: events.Consumer{Name: Known, Retries: short}, Handler: seen.handle, Timeout: time.Second,
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	var confirmed atomic.Int64
	for i := range publishers {
		p := linked.Publisher(t)
		running.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				for _, e := range story(t, fmt.Sprintf("ord_%d_%d", i, n)) {
					publish(t, p, []events.Event{e})
					confirmed.Add(1)
				}
			}
		})
	}
	for range cuts {
		target := confirmed.Load() + between
		eventually(t, "events are confirmed", func() bool { return confirmed.Load() >= target })
		link.Cut()
		link.Mend(t.Context())
	}
	stop()
	running.Wait()
	total := int(confirmed.Load())
	ids := map[string]bool{}
	for _, e := range seen.await(t, total) {
		require.False(t, ids[e.ID], "event %d of order %s took effect twice", e.Sequence, e.Subject)
		ids[e.ID] = true
	}
	require.Len(t, ids, total)
}

// What a publisher was about to have confirmed when it was closed is unknown,
// and is published again by the next one.
func closesUnconfirmed(t *testing.T, tr Transport) {
	linked, link := tr.Linked(t)
	p := linked.Publisher(t, strict)
	publish(t, p, story(t, "ord_before"))
	link.HoldReplies()
	unknown := story(t, "ord_unknown")
	carried := link.Carries(unknown[len(unknown)-1].ID)
	results := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		results <- p.Publish(ctx, unknown)
	}()
	select {
	case <-carried:
	case err := <-results:
		require.Fail(t, "it ended before it was closed", err)
	}
	require.Error(t, <-closing(p, results), "what nobody confirmed")
	link.Mend(t.Context())
	require.Error(t, p.Publish(t.Context(), story(t, "ord_late")), "the publisher is closed")

	publish(t, tr.Publisher(t, strict), unknown)
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: strict, Handler: seen.handle})
	requireInOrder(t, seen.await(t, 10))
	eventually(t, "nothing is left with the consumer", func() bool { return tr.Unsettled(t, strict.Name) == 0 })
	require.Len(t, seen.all(), 10)
}

// closing closes the publisher and hands on what its publish came to.
func closing(p events.Publisher, results chan error) chan error {
	_ = p.Close()
	return results
}

// requireInOrder checks that each order's events came once and in sequence.
func requireInOrder(t *testing.T, list []events.Event) {
	t.Helper()
	last := map[order.ID]int{}
	for _, e := range list {
		require.Equal(t, last[e.Subject]+1, e.Sequence, "order %s", e.Subject)
		last[e.Subject] = e.Sequence
	}
}
