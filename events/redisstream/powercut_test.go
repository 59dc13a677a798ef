package redisstream_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/redisstream"
	"makegood/order"
	"makegood/servers"
	"makegood/tests/harness"
)

// Redis writes each change to disk before it answers, and is killed while
// publishers publish and consumers handle.
func TestNothingConfirmedIsLostWhenRedisIsKilled(t *testing.T) {
	const publishers, kills, betweenKills = 4, 6, 300 // events confirmed
	server, err := servers.Redis(t.Context(), servers.Options{Durable: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()
	cfg := redisstream.Config{Namespace: "powercut", Consumers: []events.Consumer{{Name: "email"}, {Name: "ledger", Ordered: true}}}

	var email, ledger seen
	for range 2 {
		consume(t, subscriber(t, open(t, server.URL), cfg), events.Subscription{
			Consumer: cfg.Consumers[0], Handler: email.handle, Timeout: time.Second,
		})
		consume(t, subscriber(t, open(t, server.URL), cfg), events.Subscription{
			Consumer: cfg.Consumers[1], Handler: ledger.handle, Timeout: time.Second,
		})
	}

	var confirmed, repeated atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var running sync.WaitGroup
	for i := range publishers {
		p := publisher(t, open(t, server.URL), cfg)
		running.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				// One after the other, as the saga does that has left its lane.
				for _, e := range story(t, fmt.Sprintf("ord_%d_%d", i, n)) {
					for {
						call, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
						err := p.Publish(call, []events.Event{e})
						cancel()
						if err == nil {
							confirmed.Add(1)
							break
						}
						repeated.Add(1)
					}
				}
			}
		})
	}
	began, down := time.Now(), time.Duration(0)
	for kill := int64(1); kill <= kills; kill++ {
		target := confirmed.Load() + betweenKills
		harness.Holds(t, "events are confirmed", func() bool { return confirmed.Load() >= target })
		killed := time.Now()
		require.NoError(t, server.Kill())
		require.NoError(t, server.Restart(t.Context()))
		down += time.Since(killed)
	}
	stop()
	running.Wait()
	took := time.Since(began)
	total := int(confirmed.Load())
	for name, got := range map[string]*seen{"email": &email, "ledger": &ledger} {
		harness.Holds(t, name+" has handled every confirmed event", func() bool { return len(got.all()) >= total })
		once := map[string]bool{}
		for _, e := range got.all() {
			require.False(t, once[e.ID], "%s handled event %d of order %s twice", name, e.Sequence, e.Subject)
			once[e.ID] = true
		}
		require.Len(t, once, total)
	}
	requireInOrder(t, ledger.all())

	// What the stream holds is in the order of each publisher, repeats aside.
	entries, err := open(t, server.URL).XRange(t.Context(), stream(cfg), "-", "+").Result()
	require.NoError(t, err)
	last := map[order.ID]int{}
	for _, entry := range entries {
		e, err := events.Decode([]byte(entry.Values["event"].(string)))
		require.NoError(t, err)
		require.LessOrEqual(t, e.Sequence, last[e.Subject]+1, "order %s", e.Subject)
		last[e.Subject] = max(last[e.Subject], e.Sequence)
	}
	t.Logf("%d kills in %s (down for %s): %d events confirmed by %d publishers, %d attempts failed and were repeated, %d entries are repeats; %d handled by each of 2 consumers, each once, the ordered one's in order",
		kills, took.Round(time.Millisecond), down.Round(time.Millisecond), total, publishers, repeated.Load(), len(entries)-total, total)
}
