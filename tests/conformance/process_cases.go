package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/tests/conformance/script"
)

func survivesDeath(t *testing.T, tr Transport) {
	made := story(t, "ord_1")
	process := tr.Process(t, script.Script{Consumer: events.Consumer{Name: Known}, HangsFrom: 1}, 0)
	publish(t, tr.Publisher(t), made)
	struck := process.Await(t, script.Handled, 1)
	process.Kill(t)
	struck = append(struck[:0:0], process.Said(script.Handled)...)
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{
		Consumer: events.Consumer{Name: Known}, Handler: seen.handle, Timeout: time.Second,
	})
	// Those that had taken effect too: their process died before the mark.
	require.ElementsMatch(t, made, seen.await(t, 5))
	require.NotEmpty(t, struck)
}

// A mark outlives whatever becomes of the acknowledgement.
func marksOutliveConnection(t *testing.T, tr Transport) {
	linked, link := tr.Linked(t)
	var seen log
	s := linked.Subscriber(t)
	consume(t, s, events.Subscription{
		Consumer: events.Consumer{Name: Known}, Concurrency: 1, Timeout: time.Second,
		Handler: func(_ context.Context, e events.Event) error {
			if seen.add(e) == 1 {
				link.Cut()
			}
			return nil
		},
	})
	p := tr.Publisher(t)
	publish(t, p, story(t, "ord_1")[:1])
	seen.await(t, 1)
	eventually(t, "the consumer has lost its connection", func() bool { return s.Ready() != nil })
	link.Mend(t.Context())
	eventually(t, "the consumer has it again", func() bool { return s.Ready() == nil })
	publish(t, p, story(t, "ord_2"))
	ids := map[string]bool{}
	for _, e := range seen.await(t, 6) {
		require.False(t, ids[e.ID], "event %d of order %s took effect twice", e.Sequence, e.Subject)
		ids[e.ID] = true
	}
	eventually(t, "nothing is left with the consumer", func() bool { return tr.Unsettled(t, Known) == 0 })
	require.Len(t, seen.all(), 6)
}

// A lease, a retry's pause and an order's holder are judged by the servers'
// clock, whatever the processes believe.
func wrongClocks(t *testing.T, tr Transport) {
	const orders = 12
	consumer := events.Consumer{Name: Known, Retries: short}
	p := tr.Publisher(t)
	publish(t, p, story(t, "ord_first")[:1]) // the queue is there
	waits := script.Script{Consumer: consumer, Concurrency: 1, Timeout: time.Minute, Waits: true, Fails: 1}
	fast, slow := tr.Process(t, waits, time.Hour), tr.Process(t, waits, -time.Hour)
	for process, skew := range map[*Process]time.Duration{fast: time.Hour, slow: -time.Hour} {
		believed, err := time.Parse(time.RFC3339, process.Await(t, script.Clock, 1)[0])
		require.NoError(t, err)
		require.InDelta(t, skew.Minutes(), time.Until(believed).Minutes(), 5, "the process's clock is not wrong")
	}
	for i := range orders {
		publish(t, p, story(t, "ord_"+string(rune('a'+i))))
	}
	// Each holds its first event until the others are at work too.
	fast.Await(t, script.Begun, 1)
	slow.Await(t, script.Begun, 1)
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: consumer, Handler: seen.handle, Concurrency: 1})
	seen.await(t, 1)
	fast.GoOn(t)
	slow.GoOn(t)
	handled := func() []string {
		ids := append(fast.Said(script.Handled), slow.Said(script.Handled)...)
		for _, e := range seen.all() {
			ids = append(ids, e.ID)
		}
		return ids
	}
	eventually(t, "every event is handled", func() bool { return len(handled()) >= 1+5*orders })
	eventually(t, "nothing is left with the consumer", func() bool { return tr.Unsettled(t, Known) == 0 })
	once := map[string]bool{}
	for _, id := range handled() {
		require.False(t, once[id], "event %s took effect twice", id)
		once[id] = true
	}
	require.Len(t, once, 1+5*orders)
	require.Empty(t, tr.Dead(t, Known))
}
