package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/time/rate"

	"makegood/telemetry"
)

// Breaker says when a process stops asking a broker that doesn't answer.
type Breaker struct {
	// Deadline bounds every publish, beside the caller's own. Zero means 5 s.
	Deadline time.Duration
	// Failures in a row open the breaker. Zero means 3.
	Failures uint32
	// Pause is how long it stays open before the next caller with time to wait
	// tries. Zero means 1 s.
	Pause time.Duration
	// Transport is what the publisher publishes over, for its traces.
	Transport Transport
	// Metrics count what is published. Nil counts for nobody.
	Metrics *Metrics
	// Log hears, once a minute at most, that the broker refuses events. Nil
	// means slog.Default.
	Log *slog.Logger
}

// Guarded is a publisher behind one breaker for the process. While that is
// open it answers at once with ErrBrokerDown.
type Guarded struct {
	publisher Publisher
	over      Transport
	deadline  time.Duration
	breaker   *gobreaker.CircuitBreaker[struct{}]
	metrics   *Metrics
	log       *slog.Logger
	complain  rate.Sometimes
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
	if b.Log == nil {
		b.Log = slog.Default()
	}
	metrics := b.Metrics.orUnseen()
	return &Guarded{
		publisher: p,
		over:      b.Transport,
		deadline:  b.Deadline,
		metrics:   metrics,
		log:       b.Log,
		complain:  rate.Sometimes{Interval: time.Minute},
		breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
			Name:        "events",
			Timeout:     b.Pause,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= b.Failures },
			// A broker that refuses has answered: it is up.
			IsSuccessful: func(err error) bool {
				return err == nil || errors.Is(err, ErrRefused) || errors.Is(err, ErrUnroutable)
			},
			// A caller that went away says nothing about the broker.
			IsExcluded:    func(err error) bool { return errors.Is(err, context.Canceled) },
			OnStateChange: func(_ string, _, now gobreaker.State) { metrics.breaker.Set(float64(now)) },
		}),
	}
}

// Publish is the publisher's, or ErrBrokerDown at once. A caller in haste, such
// as an order's lane, whose ctx ends before Deadline would be through, leaves it
// to others to find out whether the broker answers after it once did not.
func (g *Guarded) Publish(ctx context.Context, events []Event) (err error) {
	ctx, span := startPublish(ctx, g.over, events)
	defer func() { telemetry.End(span, err) }()
	if by, hurried := ctx.Deadline(); hurried && time.Until(by) < g.deadline && !g.answers() {
		return fmt.Errorf("publish events: %w: nobody has heard from it since it failed", ErrBrokerDown)
	}
	_, err = g.breaker.Execute(func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, g.deadline)
		defer cancel()
		began := time.Now()
		err := g.publisher.Publish(ctx, events)
		telemetry.Observe(ctx, g.metrics.confirms, time.Since(began))
		g.hear(len(events), err)
		return struct{}{}, err
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return fmt.Errorf("publish events: %w: %w", ErrBrokerDown, err)
	}
	return err
}

// answers tells whether the last publish had an answer.
func (g *Guarded) answers() bool {
	return g.breaker.State() == gobreaker.StateClosed && g.breaker.Counts().ConsecutiveFailures == 0
}

// hear tells a refusal, which a person has to mend, from an outage.
func (g *Guarded) hear(n int, err error) {
	g.metrics.publish(n, err)
	if errors.Is(err, ErrRefused) {
		g.complain.Do(func() {
			g.log.Error("the broker refuses events: a queue bound to makegood's exchange is full and rejects; docs/events.md says which to look for", "error", err)
		})
	}
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
