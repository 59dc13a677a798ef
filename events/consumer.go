package events

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime/debug"
	"time"

	"makegood/order"
	"makegood/telemetry"
)

// Handler acts on one event. Nil means that it took effect. An error is tried
// again later, unless it is Permanent. The context carries the deadline.
type Handler func(ctx context.Context, e Event) error

// Consumer is who gets which events: a queue of its own on RabbitMQ, a group
// on Redis Streams.
type Consumer struct {
	// Name is part of the queue's name: lower-case letters, digits, dashes.
	Name string
	// Types are the events it gets; none means all.
	Types []order.EventType
	// Retries are the pauses between attempts; after the last one the event
	// is a dead letter. None means DefaultRetries.
	Retries []time.Duration
	// Ordered gives the consumer the events of an order in their sequence. One
	// process of all that run it is active, handles one event after another,
	// and tries a failed one again in place: until that is handled, or dead,
	// all that comes after it waits. Concurrency is then 1.
	Ordered bool
}

// DefaultRetries give a mail server eleven minutes to come back.
var DefaultRetries = []time.Duration{time.Second, 10 * time.Second, time.Minute, 10 * time.Minute}

// Subscription is a consumer with what it does.
type Subscription struct {
	Consumer
	Handler Handler
	// Concurrency is how many events are handled at once. Zero means 64: each
	// waits for the inbox twice. What it acts on may want fewer, a mail server
	// for one.
	Concurrency int
	// Timeout is the handler's time for one event. Zero means 30 s.
	Timeout time.Duration

	over Transport // for its traces
}

// Subscriber delivers events to handlers.
type Subscriber interface {
	// Consume delivers until ctx ends, through every outage, and then drains:
	// what is being handled is finished, the rest goes back. An event may be
	// delivered again; the inbox sees to it that it is handled once. It
	// returns an error only for a Subscription that can't be.
	Consume(ctx context.Context, s Subscription) error
	// Ready is nil when events arrive, else why not.
	Ready() error
	// Close ends the connection, after every Consume has returned.
	Close() error
}

var consumerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// Normalize fills in what is left open and refuses what can't be. A transport
// that delivers calls it.
func (s Subscription) Normalize(over Transport) (Subscription, error) {
	s.over = over
	if err := s.Check(); err != nil {
		return s, err
	}
	if s.Handler == nil {
		return s, fmt.Errorf("consumer %s has no handler", s.Name)
	}
	s.Consumer = s.withDefaults()
	switch {
	case s.Ordered:
		s.Concurrency = 1
	case s.Concurrency <= 0:
		s.Concurrency = 64
	}
	if s.Timeout <= 0 {
		s.Timeout = 30 * time.Second
	}
	return s, nil
}

// Check refuses a name that can't be part of a queue's.
func (c Consumer) Check() error {
	if !consumerName.MatchString(c.Name) {
		return fmt.Errorf("consumer name must be lower-case letters, digits and dashes, not %q", c.Name)
	}
	return nil
}

// Tiers are the consumer's retries, the default if it names none.
func (c Consumer) Tiers() []time.Duration { return c.withDefaults().Retries }

// Wants tells whether the consumer gets events of the type.
func (c Consumer) Wants(t order.EventType) bool {
	for _, wanted := range c.Types {
		if wanted == t {
			return true
		}
	}
	return len(c.Types) == 0
}

func (c Consumer) withDefaults() Consumer {
	if len(c.Retries) == 0 {
		c.Retries = DefaultRetries
	}
	return c
}

// Handle runs the handler within its time, and within the trace of the event's
// order. A panic is an error like others: one poisonous event must not take the
// process and its neighbours with it.
func (s Subscription) Handle(ctx context.Context, e Event) (err error) {
	ctx, span := startProcess(ctx, s, e)
	defer func() { telemetry.End(span, err) }()
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("consumer %s panicked: %v\n%s", s.Name, p, debug.Stack())
		}
	}()
	return s.Handler(ctx, e)
}

// ErrBusy is an event that somebody else is handling, or that can't be judged
// now: it is delivered again after a pause, and no attempt is counted.
var ErrBusy = errors.New("the event is being handled elsewhere")

type permanentError struct{ cause error }

func (p permanentError) Error() string { return p.cause.Error() }
func (p permanentError) Unwrap() error { return p.cause }

// Permanent marks an error that no later attempt can mend: the event becomes
// a dead letter at once.
func Permanent(err error) error { return permanentError{err} }

// IsPermanent tells whether err was marked so.
func IsPermanent(err error) bool {
	var p permanentError
	return errors.As(err, &p)
}
