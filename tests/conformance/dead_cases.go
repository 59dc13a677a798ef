package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/deadletters"
)

// runDead runs the cases of dead letters in their index.
func runDead(t *testing.T, open func(t *testing.T) Transport) {
	for name, check := range map[string]func(t *testing.T, tr Transport){
		"a dead letter is in the index with its reason, count and errors, and blocks nobody": indexed,
		"what is no event is in the index once, whatever comes between":                      indexedOnce,
		"a redrive delivers a dead letter once, after its cause is mended":                   redrives,
		"a redrive repeats no effect that took place":                                        redrivesNoEffect,
		"a redriven event that fails again is a dead letter again":                           diesAgain,
		"a redrive counts anew, also of the event that an ordered consumer was at":           countsAnew,
		"many are redriven at once, by several processes, each once":                         redrivesMany,
		"a redrive that finds the broker frozen happens when it is back":                     redrivesAfterOutage,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

// mended is a handler that fails for good until somebody has mended the cause.
type mended struct {
	done atomic.Bool
	log
	tried atomic.Int32
}

func (m *mended) handle(ctx context.Context, e events.Event) error {
	if m.tried.Add(1); e.Sequence == 1 && !m.done.Load() {
		return events.Permanent(errors.New("550 no such mailbox"))
	}
	return m.log.handle(ctx, e)
}

// keep runs the index's keeper beside the consumer until the test ends.
// The func ends it earlier.
func keep(t *testing.T, tr Transport, x *deadletters.Index, c events.Consumer) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	back := tr.Return(t) // ends after its keeper
	go func() { done <- x.Keep(ctx, back, c) }()
	end = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(end)
	return end
}

func list(t *testing.T, x *deadletters.Index, state deadletters.State) []deadletters.Letter {
	t.Helper()
	page, err := x.List(t.Context(), deadletters.Filter{State: state}, "", 100)
	require.NoError(t, err)
	return page.Items
}

func awaitLetters(t *testing.T, x *deadletters.Index, state deadletters.State, n int) []deadletters.Letter {
	t.Helper()
	eventually(t, fmt.Sprintf("%d letters are %s", n, state), func() bool {
		page, err := x.List(t.Context(), deadletters.Filter{State: state}, "", 100)
		return err == nil && len(page.Items) == n
	})
	return list(t, x, state)
}

var known = events.Consumer{Name: Known, Retries: short}

func indexed(t *testing.T, tr Transport) {
	x := tr.Letters(t)
	var seen log
	var failed atomic.Int32
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: known, Handler: func(ctx context.Context, e events.Event) error {
		if e.Sequence == 1 {
			return fmt.Errorf("attempt %d", failed.Add(1))
		}
		return seen.handle(ctx, e)
	}})
	end := keep(t, tr, x, known)
	made := story(t, "ord_1")
	p := tr.Publisher(t)
	publish(t, p, made)
	require.ElementsMatch(t, made[1:], seen.await(t, 4))
	awaitLetters(t, x, deadletters.Dead, 1)
	l, err := x.Get(t.Context(), Known+"."+made[0].ID)
	require.NoError(t, err)
	require.Equal(t, made[0].Body, l.Body)
	require.Equal(t, made[0].Subject, l.OrderID)
	require.Equal(t, events.DeadAttempts, l.Reason)
	require.Equal(t, 3, l.Attempts)
	require.Equal(t, "attempt 1", l.FirstError)
	require.Equal(t, "attempt 3", l.LastError)
	require.True(t, l.FirstAt.Before(l.LastAt))

	publish(t, p, story(t, "ord_2")[:1])
	awaitLetters(t, x, deadletters.Dead, 2) // so the transport has heard of the first one
	end()
	for _, left := range tr.Dead(t, Known) {
		require.NotEqual(t, made[0].Body, left.Body, "the transport has it still")
	}
}

// indexedOnce takes the letter and then fails, as a process does that dies
// before it could say that the index has it.
func indexedOnce(t *testing.T, tr Transport) {
	x := tr.Letters(t)
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: known, Handler: seen.handle})
	poison := story(t, "ord_1")[0]
	poison.ID, poison.Body = "poison", []byte("{")
	publish(t, tr.Publisher(t), []events.Event{poison})
	for range 2 {
		ctx, die := context.WithCancel(t.Context())
		require.NoError(t, tr.Return(t).Collect(ctx, known, func(ctx context.Context, dead events.DeadLetter) error {
			defer die()
			require.NoError(t, x.Add(ctx, dead))
			return errors.New("killed")
		}))
	}
	l := awaitLetters(t, x, deadletters.Dead, 1)[0]
	require.Equal(t, events.DeadPermanent, l.Reason)
	_, err := x.Redrive(t.Context(), l.ID)
	require.NoError(t, err)
	keep(t, tr, x, known)
	again := awaitLetters(t, x, deadletters.Dead, 1)[0] // it is no event now either
	require.Equal(t, l.ID, again.ID)
	require.True(t, again.LastAt.After(l.LastAt))
}

func redrives(t *testing.T, tr Transport) {
	x := tr.Letters(t)
	var m mended
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: known, Handler: m.handle})
	keep(t, tr, x, known)
	made := story(t, "ord_1")
	publish(t, tr.Publisher(t), made)
	dead := awaitLetters(t, x, deadletters.Dead, 1)[0]
	require.Equal(t, "550 no such mailbox", dead.LastError)
	require.ElementsMatch(t, made[1:], m.await(t, 4))

	m.done.Store(true)
	for range 3 { // an operator who is not sure
		_, err := x.Redrive(t.Context(), dead.ID)
		require.NoError(t, err)
	}
	require.Equal(t, made[0], m.await(t, 5)[4])
	awaitLetters(t, x, deadletters.Redriven, 1)
	// Behind the redriven event, so that a second one would be here.
	publish(t, tr.Publisher(t), story(t, "ord_2"))
	require.Len(t, m.await(t, 10), 10)
	require.Empty(t, list(t, x, ""))
}

// redrivesNoEffect redrives an event that was handled before it came to the
// dead letters once more: such as one whose burial was not confirmed in time.
func redrivesNoEffect(t *testing.T, tr Transport) {
	x := tr.Letters(t)
	var m mended
	m.done.Store(true)
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: known, Handler: m.handle})
	made := story(t, "ord_1")
	publish(t, tr.Publisher(t), made)
	m.await(t, 5)
	_, _, f := known.Judge(events.Failures{}, events.Permanent(errors.New("of another attempt")), made[0].Time)
	require.NoError(t, x.Add(t.Context(), events.DeadLetter{Consumer: Known, Body: made[0].Body, Failures: f}))
	_, err := x.Redrive(t.Context(), Known+"."+made[0].ID)
	require.NoError(t, err)
	keep(t, tr, x, known)
	awaitLetters(t, x, deadletters.Redriven, 1)
	publish(t, tr.Publisher(t), story(t, "ord_2"))
	require.Len(t, m.await(t, 10), 10)
	require.EqualValues(t, 10, m.tried.Load())
}

func diesAgain(t *testing.T, tr Transport) {
	x := tr.Letters(t)
	var m mended
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: known, Handler: m.handle})
	keep(t, tr, x, known)
	made := story(t, "ord_1")[:1]
	publish(t, tr.Publisher(t), made)
	last := awaitLetters(t, x, deadletters.Dead, 1)[0]
	for range 5 {
		_, err := x.Redrive(t.Context(), last.ID)
		require.NoError(t, err)
		var again deadletters.Letter
		eventually(t, "it is a dead letter again", func() bool {
			again, err = x.Get(t.Context(), last.ID)
			return err == nil && again.State == deadletters.Dead && again.LastAt.After(last.LastAt)
		})
		require.Equal(t, 1, again.Attempts, "a redrive counts anew")
		last = again
	}
	m.done.Store(true)
	_, err := x.Redrive(t.Context(), last.ID)
	require.NoError(t, err)
	require.Equal(t, made, m.await(t, 1))
	awaitLetters(t, x, deadletters.Redriven, 1)
	require.EqualValues(t, 7, m.tried.Load())
}

// countsAnew has nothing come between an event's death and its redrive.
func countsAnew(t *testing.T, tr Transport) {
	x := tr.Letters(t)
	var tried log
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: strict, Handler: func(_ context.Context, e events.Event) error {
		tried.add(e)
		return errors.New("not now")
	}})
	keep(t, tr, x, strict)
	publish(t, tr.Publisher(t, strict), story(t, "ord_1")[:1])
	dead := awaitLetters(t, x, deadletters.Dead, 1)[0]
	require.Equal(t, 3, dead.Attempts)
	_, err := x.Redrive(t.Context(), dead.ID)
	require.NoError(t, err)
	var again deadletters.Letter
	eventually(t, "it is a dead letter again", func() bool {
		again, err = x.Get(t.Context(), dead.ID)
		return err == nil && again.State == deadletters.Dead && again.LastAt.After(dead.LastAt)
	})
	require.Equal(t, 3, again.Attempts)
	require.Len(t, tried.all(), 6)
}

func redrivesMany(t *testing.T, tr Transport) {
	x := tr.Letters(t)
	var m mended
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: known, Handler: m.handle})
	for range 3 {
		keep(t, tr, tr.Letters(t), known)
	}
	const orders = 100
	p := tr.Publisher(t)
	for i := range orders {
		publish(t, p, story(t, fmt.Sprintf("ord_%d", i))[:1])
	}
	awaitLetters(t, x, deadletters.Dead, orders)
	m.done.Store(true)
	n, next, err := x.RedriveAll(t.Context(), deadletters.Filter{Consumer: Known}, "")
	require.NoError(t, err)
	require.Empty(t, next)
	require.Equal(t, orders, n)
	require.Len(t, m.await(t, orders), orders)
	awaitLetters(t, x, deadletters.Redriven, orders)
	publish(t, p, story(t, "ord_last"))
	require.Len(t, m.await(t, orders+5), orders+5)
	require.EqualValues(t, 2*orders+5, m.tried.Load(), "none came twice")
}

func redrivesAfterOutage(t *testing.T, tr Transport) {
	if tr.Freeze == nil {
		t.Skip("an embedded server can't be frozen")
	}
	x := tr.Letters(t)
	var m mended
	end := consume(t, tr.Subscriber(t), events.Subscription{Consumer: known, Handler: m.handle})
	made := story(t, "ord_1")[:1]
	publish(t, tr.Publisher(t), made)
	var dead events.DeadLetter
	ctx, taken := context.WithCancel(t.Context())
	back := tr.Return(t)
	require.NoError(t, back.Collect(ctx, known, func(ctx context.Context, d events.DeadLetter) error {
		defer taken()
		dead = d
		return x.Add(ctx, d)
	}))
	require.Equal(t, made[0].Body, dead.Body)
	end()
	_, err := x.Redrive(t.Context(), Known+"."+made[0].ID)
	require.NoError(t, err)

	thaw := tr.Freeze(t)
	// A process that was told to stop may still answer once.
	eventually(t, "the broker answers no more", func() bool {
		return back.Redrive(t.Context(), Known, [][]byte{dead.Body}) != nil
	})
	keep(t, tr, x, known)
	m.done.Store(true)
	thaw()
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: known, Handler: m.handle})
	require.Equal(t, made, m.await(t, 1))
	awaitLetters(t, x, deadletters.Redriven, 1)
	publish(t, tr.Publisher(t), story(t, "ord_2")[1:])
	require.Len(t, m.await(t, 5), 5, "what the frozen broker was given as well is no second effect")
}
