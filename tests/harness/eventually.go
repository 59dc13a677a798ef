package harness

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"makegood/api/client"
)

const (
	// patience is how long an effect may take on two busy cores, the minute
	// included that a step may wait for its next attempt. What the product
	// promises within a time is asserted by its test, not by this.
	patience = 105 * time.Second
	// What is asked for many orders at once must not keep the servers from
	// doing it: the pause between two looks grows.
	firstPause, longestPause = 10 * time.Millisecond, 100 * time.Millisecond
)

// Eventually waits until check returns nil, and fails the test with its last
// error if that takes too long.
func Eventually(t testing.TB, check func(ctx context.Context) error) {
	t.Helper()
	if err := Await(t.Context(), patience, check); err != nil {
		t.Fatal(err)
	}
}

// Holds waits until the condition does, and fails the test, with what it is, if
// that takes too long. It asks on the test's own goroutine, where what it asks
// may fail the test as well.
func Holds(t testing.TB, what string, condition func() bool) {
	t.Helper()
	Eventually(t, func(context.Context) error {
		if !condition() {
			return errors.New("it doesn't hold: " + what)
		}
		return nil
	})
}

// Await asks check until it returns nil, for at most within. It may be called
// from any goroutine.
func Await(ctx context.Context, within time.Duration, check func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var last error
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil { // the end of ctx is no news of what is awaited
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("still not after %s: %w", within, last)
		case <-time.After(pause):
		}
	}
}

// Insist asks again while the gateway answers that it can't tell, or that it has
// too much to do, as it wants its clients to, for at most two minutes. It returns
// the last answer. What is asked must be safe to repeat. It may be called from
// any goroutine.
func Insist(ctx context.Context, ask func() error) error {
	var answer error
	_ = Await(ctx, ending, func(context.Context) error {
		answer = ask()
		if p := (*client.Problem)(nil); errors.As(answer, &p) && (p.Name() == "unavailable" || p.Name() == "overloaded") {
			return answer
		}
		return nil
	})
	return answer
}
