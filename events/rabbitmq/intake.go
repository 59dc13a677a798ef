package rabbitmq

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// intakeTag names the only consumer of an intake's channel.
const intakeTag = "makegood"

// intake is what one connection delivers from one queue of a consumer's.
type intake struct {
	ch         *amqp.Channel
	deliveries <-chan amqp.Delivery
	closed     chan *amqp.Error
	close      func() // waits for what still uses the connection
}

// open declares what is the consumer's and begins to consume the queue.
func (l *line) open(ctx context.Context, conn *amqp.Connection, c events.Consumer, queue string, prefetch int) (*intake, error) {
	degraded, err := declare(ctx, conn, l.cfg, c)
	if err != nil {
		return nil, err
	}
	in := &intake{}
	if in.ch, err = conn.Channel(); err != nil {
		return nil, fmt.Errorf("open channel: %w", err)
	}
	in.closed = in.ch.NotifyClose(make(chan *amqp.Error, 1))
	if err := in.ch.Qos(prefetch, 0, false); err != nil {
		return nil, fmt.Errorf("set prefetch: %w", both(degraded, err))
	}
	in.deliveries, err = in.ch.Consume(queue, intakeTag, false, false, false, false, nil)
	if err != nil {
		return nil, fmt.Errorf("consume %s: %w", queue, both(degraded, err))
	}
	l.connected(degraded)
	in.close = l.mend(ctx, conn, degraded, c)
	return in, nil
}

func whyEnded(closed chan *amqp.Error) error {
	select {
	case cause := <-closed:
		if cause != nil {
			return cause
		}
	default:
	}
	return errors.New("the broker cancelled the consumer: its queue is gone")
}
