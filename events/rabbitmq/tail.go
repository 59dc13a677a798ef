package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
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

var _ events.Tailer = (*Tailer)(nil)

// NewTailer does not connect. It returns an error only for a bad URL.
func NewTailer(cfg Config) (*Tailer, error) {
	return &Tailer{cfg.withDefaults()}, cfg.check()
}

// Tail implements events.Tailer. It ends with events.ErrBrokerDown when the
// broker is lost.
func (t *Tailer) Tail(ctx context.Context, from events.From, each func(events.Entry) error) error {
	offset, err := offsetOf(from)
	if err != nil {
		return err
	}
	conn, sock, err := dial(ctx, t.cfg.URL, "makegood tail")
	if err != nil {
		return fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
	}
	defer hangUp(conn, sock)
	deliveries, closed, err := follow(conn, offset)
	if err != nil {
		return err
	}
	from.Start()
	for {
		select {
		case <-ctx.Done():
			return nil
		case d, open := <-deliveries:
			if !open {
				return fmt.Errorf("%w: %w", events.ErrBrokerDown, whyEnded(closed))
			}
			if err := pass(d, from.Since, each); err != nil {
				return err
			}
			if err := d.Ack(false); err != nil { // only asks for more
				return fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
			}
		}
	}
}

// offsetOf is the stream's x-stream-offset. A time is that of a chunk, and
// tailEarlier: an event is published after it happened, so nothing later is
// missed.
func offsetOf(from events.From) (any, error) {
	switch {
	case from.After != "":
		last, err := strconv.ParseInt(from.After, 10, 64)
		if err != nil || last < 0 || last == math.MaxInt64 {
			return nil, fmt.Errorf("%w: %q is no offset of a stream", events.ErrPosition, from.After)
		}
		return last + 1, nil
	case !from.Published.IsZero():
		return from.Published.Add(-tailEarlier), nil
	case from.Since.IsZero():
		return "next", nil
	case from.Since.Before(events.Beginning.Add(tailEarlier)):
		return "first", nil
	default:
		return from.Since.Add(-tailEarlier), nil
	}
}

func follow(conn *amqp.Connection, offset any) (<-chan amqp.Delivery, chan *amqp.Error, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, nil, fmt.Errorf("open channel: %w", err)
	}
	closed := ch.NotifyClose(make(chan *amqp.Error, 1))
	if err := ch.Qos(tailAhead, 0, false); err != nil {
		return nil, nil, fmt.Errorf("set prefetch: %w", err)
	}
	deliveries, err := ch.Consume(Audit, "", false, false, false, false, amqp.Table{"x-stream-offset": offset})
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
func pass(d amqp.Delivery, since time.Time, each func(events.Entry) error) error {
	e, err := events.Decode(d.Body)
	if err != nil || e.Time.Before(since) {
		return nil //nolint:nilerr // no event of ours
	}
	return each(events.Entry{Event: e, Position: fmt.Sprint(d.Headers["x-stream-offset"])})
}
