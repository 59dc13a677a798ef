package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Breaker says when a process stops asking a broker that doesn't answer.
type Breaker struct {
	// Deadline bounds every publish, beside the caller's own. Zero means 5 s.
	Deadline time.Duration
	// Failures in a row open the breaker. Zero means 3.
	Failures uint32
	// Pause is how long it stays open before the next caller tries. Zero
	// means 1 s: a probe costs one order its lane's 250 ms.
	Pause time.Duration
}

// Guarded is a publisher behind one breaker for the process. While that is
// open it answers at once with ErrBrokerDown.
type Guarded struct {
	publisher Publisher
	deadline  time.Duration
	breaker   *gobreaker.CircuitBreaker[struct{}]
}

// Guard puts a breaker before the publisher.
func Guard(p Publisher, b Breaker) *Guarded {
	if b.Deadline <= 0 {
		b.Deadline = 5 * time.Second
	}
	if b.Failures == 0 {
		b.Failures = 3
	}
	if b.Pause <= 0 {
		b.Pause = time.Second
	}
	return &Guarded{
		publisher: p,
		deadline:  b.Deadline,
		breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Name:        "events",
			Timeout:     b.Pause,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= b.Failures },
			// A broker that refuses has answered: it is up.
			IsSuccessful: func(err error) bool {
				return err == nil || errors.Is(err, ErrRefused) || errors.Is(err, ErrUnroutable)
			},
			// A caller that went away says nothing about the broker.
			IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
		}),
	}
}

// Publish is the publisher's, or ErrBrokerDown at once.
func (g *Guarded) Publish(ctx context.Context, events []Event) error {
	_, err := g.breaker.Execute(func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, g.deadline)
		defer cancel()
		return struct{}{}, g.publisher.Publish(ctx, events)
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return fmt.Errorf("publish events: %w: %w", ErrBrokerDown, err)
	}
	return err
}

// Ready is nil when a publish has a chance, else why not.
func (g *Guarded) Ready() error {
	if g.breaker.State() == gobreaker.StateOpen {
		return fmt.Errorf("%w: its last answers did not come in time", ErrBrokerDown)
	}
	return g.publisher.Ready()
}

// Close closes the publisher.
func (g *Guarded) Close() error { return g.publisher.Close() }
