package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

const (
	// tailAhead is how many events the broker sends ahead of the reader.
	tailAhead = 200
	// tailEarlier is how far a provider's clock, which an event's time comes
	// from, may be ahead of the broker's, which finds the event.
	tailEarlier = time.Minute
)

// Tailer reads the audit stream: every event that the broker confirmed, for as
// long as the stream keeps it.
type Tailer struct{ cfg Config }

// NewTailer does not connect. It returns an error only for a bad URL.
func NewTailer(cfg Config) (*Tailer, error) {
	return &Tailer{cfg.withDefaults()}, cfg.check()
}

// Tail hands each what happened since then, in the order in which it was
// published, and goes on with what happens, until ctx ends, which is no error,
// each returns one, which it returns, or the broker is lost. An event that was
// published again comes again, under its id.
// A time of zero is the beginning.
func (t *Tailer) Tail(ctx context.Context, since time.Time, each func(events.Event) error) error {
	conn, sock, err := dial(ctx, t.cfg.URL, "makegood events tail")
	if err != nil {
		return fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
	}
	defer hangUp(conn, sock)
	deliveries, closed, err := follow(conn, since)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case d, open := <-deliveries:
			if !open {
				return fmt.Errorf("%w: %w", events.ErrBrokerDown, whyEnded(closed))
			}
			if err := pass(d, since, each); err != nil {
				return err
			}
			if err := d.Ack(false); err != nil { // only asks for more
				return fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
			}
		}
	}
}

// follow starts at the stream's chunk of that time, and tailEarlier: an event is
// published after it happened, so nothing later is missed.
func follow(conn *amqp.Connection, since time.Time) (<-chan amqp.Delivery, chan *amqp.Error, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, nil, fmt.Errorf("open channel: %w", err)
	}
	closed := ch.NotifyClose(make(chan *amqp.Error, 1))
	if err := ch.Qos(tailAhead, 0, false); err != nil {
		return nil, nil, fmt.Errorf("set prefetch: %w", err)
	}
	args := amqp.Table{"x-stream-offset": "first"}
	if !since.IsZero() {
		args["x-stream-offset"] = since.Add(-tailEarlier)
	}
	deliveries, err := ch.Consume(Audit, "", false, false, false, false, args)
	var refusal *amqp.Error
	if errors.As(err, &refusal) && refusal.Code == amqp.NotFound {
		return nil, nil, fmt.Errorf("%w: there is no queue %s yet: a role, or makegood setup, declares it", ErrTopology, Audit)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("consume %s: %w", Audit, err)
	}
	return deliveries, closed, nil
}

// pass leaves out what happened earlier, and what is no event: the stream
// keeps whatever was published to the exchange.
func pass(d amqp.Delivery, since time.Time, each func(events.Event) error) error {
	e, err := events.Decode(d.Body)
	if err != nil || e.Time.Before(since) {
		return nil //nolint:nilerr // no event of ours
	}
	return each(e)
}
