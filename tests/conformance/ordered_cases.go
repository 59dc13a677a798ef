package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/tests/conformance/script"
)

// strict is the consumer that asks for order. An event that fails twice is not
// dead yet.
var strict = events.Consumer{Name: "strict", Ordered: true, Retries: short}

// The active process fails, and is killed; the other one fails, buries, and
// goes on where it was.
func keepsOrder(t *testing.T, tr Transport) {
	const orders = 10
	p := tr.Publisher(t, strict)
	publish(t, p, story(t, "ord_first"))
	process := tr.Process(t, script.Script{Consumer: strict, Timeout: time.Second, Fails: 2, HangsFrom: 15}, 0)
	process.Await(t, script.Handled, 5)

	var tried, handled log
	s := tr.Subscriber(t)
	consume(t, s, events.Subscription{
		Consumer: strict, Timeout: time.Second,
		Handler: func(_ context.Context, e events.Event) error {
			n := tried.add(e)
			switch {
			case e.Subject == "ord_9" && e.Sequence == 2:
				return events.Permanent(errors.New("no such address"))
			case e.Sequence == 3 && (n < 3 || tried.all()[n-3].ID != e.ID):
				return errors.New("not now") // twice
			}
			return handled.handle(context.Background(), e)
		},
	})
	eventually(t, "the other one is ready", func() bool { return s.Ready() == nil })
	publishInterleaved(t, p, orders)
	process.Await(t, script.Handled, 15)
	require.Empty(t, tried.all(), "two are active")
	process.Kill(t)
	first := process.Said(script.Handled)
	eventually(t, "the rest is handled", func() bool {
		all := handled.all()
		return len(all) > 0 && all[len(all)-1].ID == events.ID("ord_9", 5)
	})

	// In place: whatever was tried again came next.
	all := tried.all()
	for i, e := range all {
		again := 0
		for _, later := range all[i+1:] {
			if later.ID == e.ID {
				again++
			}
		}
		for n := range again {
			require.Equal(t, e.ID, all[i+1+n].ID, "event %d of order %s was not tried again in place", e.Sequence, e.Subject)
		}
	}
	// One after the other, once; the one at which the first was struck may
	// have taken effect before its mark.
	want := append(story(t, "ord_first"), interleaved(t, orders)...)
	ids := first
	for i, e := range handled.all() {
		if i == 0 && e.ID == ids[len(ids)-1] {
			continue
		}
		ids = append(ids, e.ID)
	}
	var expected []string
	for _, e := range want {
		if e.ID != events.ID("ord_9", 2) {
			expected = append(expected, e.ID)
		}
	}
	require.Equal(t, expected, ids)
	dead := tr.Dead(t, strict.Name)
	require.Len(t, dead, 1)
	require.Equal(t, events.DeadPermanent, dead[0].DeadReason)
}

// A process that is frozen while it handles an event, and thaws when another
// has taken its place, begins with no other event.
func fencesFrozen(t *testing.T, tr Transport) {
	p := tr.Publisher(t, strict)
	publish(t, p, story(t, "ord_1"))
	process := tr.Process(t, script.Script{Consumer: strict, Timeout: time.Second, Waits: true}, 0)
	process.Await(t, script.Begun, 1)
	process.Freeze(t)
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: strict, Handler: seen.handle, Timeout: time.Second})
	require.Equal(t, story(t, "ord_1"), seen.await(t, 5))
	process.Thaw(t)
	process.GoOn(t)
	process.Await(t, script.Handled, 1) // what it was at
	publish(t, p, story(t, "ord_2"))
	require.Equal(t, append(story(t, "ord_1"), story(t, "ord_2")...), seen.await(t, 10))
	require.Len(t, process.Said(script.Begun), 1, "two are active")
}

// interleaved is the orders' events, each order's in sequence.
func interleaved(t *testing.T, orders int) (all []events.Event) {
	t.Helper()
	stories := make([][]events.Event, orders)
	for i := range stories {
		stories[i] = story(t, fmt.Sprintf("ord_%d", i))
	}
	for n := range 5 {
		for i := range stories {
			all = append(all, stories[i][n])
		}
	}
	return all
}

// publishInterleaved publishes them one by one.
func publishInterleaved(t *testing.T, p events.Publisher, orders int) {
	t.Helper()
	for _, e := range interleaved(t, orders) {
		publish(t, p, []events.Event{e})
	}
}

// An ordered consumer sees the order through every reconnect.
func keepsOrderOnReconnect(t *testing.T, tr Transport) {
	const cuts, orders = 4, 40
	linked, link := tr.Linked(t)
	var seen log
	p := linked.Publisher(t, strict)
	for range 2 {
		consume(t, linked.Subscriber(t), events.Subscription{Consumer: strict, Handler: seen.handle, Timeout: time.Second})
	}
	var publishing sync.WaitGroup
	publishing.Go(func() { publishInterleaved(t, p, orders) })
	for cut := range cuts {
		seen.await(t, (cut+1)*20)
		link.Cut()
		link.Mend(t.Context())
	}
	publishing.Wait()
	requireInOrder(t, seen.await(t, 5*orders))
}
