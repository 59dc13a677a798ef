// Package conformance holds what every transport of events promises, as one
// suite that each of them must pass.
package conformance

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/order"
	"makegood/tests/conformance/script"
	"makegood/tests/harness"
)

// Transport is one transport, on servers of its own or in a corner of them
// that nobody else uses.
type Transport struct {
	// Publisher is told of Known, and of more consumers before they run.
	Publisher  func(t *testing.T, more ...events.Consumer) events.Publisher
	Subscriber func(t *testing.T) events.Subscriber
	// Dead reads the consumer's dead letters.
	Dead func(t *testing.T, consumer string) []DeadLetter
	// Letters is the index of dead letters, Return what leads to it and back.
	Letters func(t *testing.T) *deadletters.Index
	Return  func(t *testing.T) events.DeadLetters
	// Freeze freezes the broker until thaw; nil if that can't be done.
	Freeze func(t *testing.T) (thaw func())
	// Unsettled is how many events wait for the consumer or are with it, dead
	// ones and retries aside.
	Unsettled func(t *testing.T, consumer string) int
	// Process starts another process that consumes, under a clock that is
	// wrong by skew. Its script has all but the servers.
	Process func(t *testing.T, s script.Script, skew time.Duration) *Process
	// Linked is the same transport over a wire that can be cut. The inbox has
	// its own way to its server.
	Linked func(t *testing.T) (Transport, *harness.Link)
}

// DeadLetter is one event that a consumer could not handle.
type DeadLetter struct {
	Body []byte
	events.Failures
}

// patience bounds every wait; only a failure lasts that long.
const patience = 60 * time.Second

// Run runs the suite; open makes a fresh transport for each case.
func Run(t *testing.T, open func(t *testing.T) Transport) {
	for name, check := range map[string]func(t *testing.T, tr Transport){
		"a consumer gets the events it asks for, as they were published":    getsWhatItAsksFor,
		"an event waits for a consumer that was never there":                waitsForConsumer,
		"the events of an order arrive in order, whoever else publishes":    ordered,
		"an event is delivered again after its consumer's death":            survivesDeath,
		"an event that fails is tried again, and is dead after the last":    diesAfterAttempts,
		"an event that fails once is handled the next time":                 recovers,
		"a permanent error is dead at once and blocks nobody":               permanent,
		"what is no event is dead at once":                                  undecodable,
		"a panic is a failed attempt":                                       panics,
		"one id is handled once by a consumer, however often it comes":      duplicates,
		"two consumers each get the event":                                  twoConsumers,
		"a slow consumer loses nothing, and works on several at once":       slowConsumer,
		"a large event arrives whole":                                       largePayload,
		"a consumer that is told to end finishes, and the next one goes on": gracefulEnd,
		"an effect that is marked is not repeated":                          marksOutliveConnection,
		"wrong clocks neither lose nor repeat":                              wrongClocks,
		"many publishers keep each order's order":                           manyPublishers,
		"nothing is lost while connections break":                           losesNothingOnReconnect,
		"a closed publisher's unconfirmed events are published again":       closesUnconfirmed,
		"a consumer that asks for order gets it, whoever dies or fails":     keepsOrder,
		"a frozen process of an ordered consumer is replaced, and fenced":   fencesFrozen,
		"an ordered consumer keeps order while connections break":           keepsOrderOnReconnect,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open(t))
		})
	}
	runDead(t, open)
}

// story makes the events of one shipped order.
func story(t *testing.T, id string) []events.Event {
	t.Helper()
	return storyOf(t, id, []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}})
}

func storyOf(t *testing.T, id string, lines []order.Line) []events.Event {
	t.Helper()
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	o := order.Order{ID: order.ID(id), PlacedAt: at, Request: order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR", PaymentMethod: "pm_card_visa", Lines: lines,
	}}
	made, err := events.Of(o, order.Tell(o, []order.Outcome{
		{Step: order.Charge, At: at, Reference: "pi_1", Amount: 2500},
		{Step: order.Reserve, At: at},
		{Step: order.Ship, At: at, Reference: "par_1", Tracking: "TRK1"},
		{Step: order.Commit, At: at},
	}).Timeline)
	require.NoError(t, err)
	return made
}

// publish publishes until it is confirmed, as the saga does.
func publish(t *testing.T, p events.Publisher, list []events.Event) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := p.Publish(ctx, list)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Errorf("not published: %v", err)
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// log is what handlers saw, in that order.
type log struct {
	mu   sync.Mutex
	seen []events.Event
}

func (l *log) add(e events.Event) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, e)
	return len(l.seen)
}

func (l *log) all() []events.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]events.Event(nil), l.seen...)
}

func (l *log) handle(_ context.Context, e events.Event) error {
	l.add(e)
	return nil
}

func (l *log) await(t *testing.T, n int) []events.Event {
	t.Helper()
	eventually(t, fmt.Sprintf("%d events are handled", n), func() bool { return len(l.all()) >= n })
	return l.all()
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, 10*time.Millisecond, what)
}

// consume consumes in the background until the test, or the returned func,
// ends it; the func returns once all is drained.
func consume(t *testing.T, s events.Subscriber, sub events.Subscription) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Consume(ctx, sub) }()
	end = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(end)
	return end
}
