package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"makegood/events"
)

// EventsConfig is what the benchmark of the events needs.
type EventsConfig struct {
	Transport events.Transport
	// AMQPURL is a virtual host that makegood has never used. Nothing reads it
	// if the transport is Redis Streams.
	AMQPURL string
	// RedisURL has the inbox, and the events if the transport is Redis Streams.
	RedisURL string
	// Time is for how long each row is measured, in slices of all rounds.
	Time time.Duration
	// Rate is how many events a second are published for the latency.
	Rate int
	// Progress is told what is being done; nil means nobody.
	Progress io.Writer
}

// callers publish at once, each an order's events: about as many events are
// unconfirmed as the publisher's window takes.
const callers = 200

// stuckAfter is how long anything may take, before the run is given up.
const stuckAfter = 30 * time.Second

// carrier is a transport, beside what its plain client does.
type carrier interface {
	// open makes ready, and refuses a server that others use.
	open(ctx context.Context) error
	publisher() (events.Publisher, error)
	subscriber() (events.Subscriber, error)
	// raw has the library's own client carry the stories, with the promises of
	// the broker and none of ours, and returns once all has been acknowledged.
	raw(ctx context.Context, stories [][]events.Event) error
	// version is the server's, empty if it keeps that to itself.
	version(ctx context.Context) string
	// remove takes back what open and the roles have declared.
	remove(ctx context.Context) error
	close() error
}

// Events measures publisher, consumer and inbox on servers that nobody else
// uses meanwhile, and the transport's plain client beside them. What it has
// declared and kept there is gone when it returns, also when ctx ended before it
// was done; else the error says what is left.
func Events(ctx context.Context, cfg EventsConfig) (_ EventsReport, err error) {
	if cfg.Progress == nil {
		cfg.Progress = io.Discard
	}
	// The inbox's calls share round trips; these are for those that don't.
	client, err := openRedis(cfg.RedisURL, callers)
	if err != nil {
		return EventsReport{}, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	r := &eventsRun{
		EventsConfig: cfg, redis: client, namespace: "bench-" + strings.ToLower(rand.Text()[:10]),
	}
	r.carrier = newStreams(r)
	if cfg.Transport == events.RabbitMQ {
		r.carrier = newBroker(r)
	}
	defer func() { err = errors.Join(err, r.carrier.close()) }()
	if err := r.carrier.open(ctx); err != nil {
		return EventsReport{}, err
	}
	began := time.Now()
	err = r.run(ctx)
	removing, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeWithin)
	defer cancel()
	report := r.report(removing, began)
	if left := errors.Join(r.carrier.remove(removing), r.removeKeys(removing)); left != nil {
		return EventsReport{}, errors.Join(err, fmt.Errorf("not all of it could be removed: %w", left))
	}
	if err != nil {
		return EventsReport{}, err
	}
	return report, nil
}
