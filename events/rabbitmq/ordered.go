package rabbitmq

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// remembered are the failed attempts at the event that an ordered consumer is
// at. In place they can't be written into the message, so a process that ends
// begins anew; one whose connection is lost does not.
type remembered struct {
	event string
	events.Failures
}

// inPlace handles the event, again and again where it is, until it is handled
// or dead. It is neither when the session or the consumer ended in between:
// then somebody else gets it first of all, perhaps this process.
func (c *consumer) inPlace(ctx context.Context, d amqp.Delivery, e events.Event) (events.Verdict, events.Failures) {
	if c.last.event != d.MessageId {
		c.last = remembered{event: d.MessageId}
	}
	for {
		err := c.Handle(context.WithoutCancel(ctx), e)
		var verdict events.Verdict
		var wait time.Duration
		verdict, wait, c.last.Failures = c.Judge(c.last.Failures, err, time.Now())
		if verdict != events.Later {
			return verdict, c.last.Failures
		}
		c.line.cfg.Metrics.Delivered(c.Name, verdict)
		select {
		case <-ctx.Done():
			return events.Later, c.last.Failures
		case <-time.After(wait):
		}
	}
}
