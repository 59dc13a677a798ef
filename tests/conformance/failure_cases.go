package conformance

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
)

// short are retries that a test can wait for.
var short = []time.Duration{10 * time.Millisecond, 20 * time.Millisecond}

func diesAfterAttempts(t *testing.T, tr Transport) {
	made := story(t, "ord_1")[:1]
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{
		Consumer: events.Consumer{Name: Known, Retries: short},
		Handler:  func(_ context.Context, e events.Event) error { return fmt.Errorf("attempt %d", seen.add(e)) },
	})
	publish(t, tr.Publisher(t), made)
	dead := awaitDead(t, tr)
	require.Equal(t, made[0].Body, dead[0].Body)
	require.Equal(t, 3, dead[0].Attempts)
	require.Equal(t, "attempt 1", dead[0].First)
	require.Equal(t, "attempt 3", dead[0].Last)
	require.True(t, dead[0].FirstAt.Before(dead[0].LastAt))
	require.Equal(t, events.DeadAttempts, dead[0].DeadReason)
	require.Len(t, seen.all(), 3)
}

func recovers(t *testing.T, tr Transport) {
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{
		Consumer: events.Consumer{Name: Known, Retries: short}, Concurrency: 1,
		Handler: func(_ context.Context, e events.Event) error {
			if seen.add(e) == 1 {
				return errors.New("not now")
			}
			return nil
		},
	})
	made := story(t, "ord_1")
	publish(t, tr.Publisher(t), made)
	got := seen.await(t, 6)
	require.Equal(t, made[0].ID, got[0].ID)
	require.ElementsMatch(t, made, got[1:])
	require.Empty(t, tr.Dead(t, Known))
}

func permanent(t *testing.T, tr Transport) {
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{
		Consumer: events.Consumer{Name: Known}, Concurrency: 1,
		Handler: func(_ context.Context, e events.Event) error {
			if seen.add(e); e.Sequence == 1 {
				return events.Permanent(errors.New("no such address"))
			}
			return nil
		},
	})
	publish(t, tr.Publisher(t), story(t, "ord_1"))
	dead := awaitDead(t, tr)
	require.Equal(t, 1, dead[0].Attempts)
	require.Equal(t, "no such address", dead[0].Last)
	require.Equal(t, events.DeadPermanent, dead[0].DeadReason)
	require.Len(t, seen.await(t, 5), 5)
}

func undecodable(t *testing.T, tr Transport) {
	var seen log
	consume(t, tr.Subscriber(t), events.Subscription{Consumer: events.Consumer{Name: Known}, Handler: seen.handle})
	made := story(t, "ord_1")
	poison := made[0]
	poison.ID, poison.Body = "poison", []byte("{")
	p := tr.Publisher(t)
	publish(t, p, []events.Event{poison})
	publish(t, p, made)
	dead := awaitDead(t, tr)
	require.Equal(t, poison.Body, dead[0].Body)
	require.Equal(t, events.DeadPermanent, dead[0].DeadReason)
	require.ElementsMatch(t, made, seen.await(t, 5))
}

func panics(t *testing.T, tr Transport) {
	consume(t, tr.Subscriber(t), events.Subscription{
		Consumer: events.Consumer{Name: Known, Retries: short[:1]},
		Handler:  func(context.Context, events.Event) error { panic("boom") },
	})
	publish(t, tr.Publisher(t), story(t, "ord_1")[:1])
	dead := awaitDead(t, tr)
	require.Equal(t, 2, dead[0].Attempts)
	require.Contains(t, dead[0].Last, "boom")
}

func awaitDead(t *testing.T, tr Transport) []DeadLetter {
	t.Helper()
	var dead []DeadLetter
	eventually(t, "there is a dead letter", func() bool {
		dead = append(dead, tr.Dead(t, Known)...)
		return len(dead) > 0
	})
	require.Len(t, dead, 1)
	return dead
}
