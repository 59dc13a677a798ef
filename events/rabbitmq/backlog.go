package rabbitmq

import (
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// counter counts one queue after the other, over one channel while it lasts.
type counter struct {
	conn *amqp.Connection
	ch   *amqp.Channel
	err  error // nothing is counted any more
}

func (c *counter) backlog(of events.Consumer) events.Backlog {
	b := events.Backlog{Consumer: of.Name, Waiting: c.ready(queueOf(of.Name)), Dead: c.ready(deadOf(of.Name))}
	for _, pause := range of.Tiers() {
		b.Retrying += c.ready(retryOf(of.Name, pause))
	}
	return b
}

// ready is 0 for a queue that is missing, which costs the channel.
func (c *counter) ready(queue string) int64 {
	if c.err != nil {
		return 0
	}
	if c.ch == nil || c.ch.IsClosed() {
		var err error
		if c.ch, err = c.conn.Channel(); err != nil {
			c.err = fmt.Errorf("%w: open channel: %w", events.ErrBrokerDown, err)
			return 0
		}
	}
	q, err := c.ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	var refusal *amqp.Error
	if errors.As(err, &refusal) && refusal.Code == amqp.NotFound {
		return 0
	}
	if err != nil {
		c.err = fmt.Errorf("count %s: %w", queue, err)
	}
	return int64(q.Messages)
}

func (c *counter) close() {
	if c.ch != nil && c.err == nil {
		_ = c.ch.Close()
	}
}
