package rabbitmq

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"golang.org/x/time/rate"

	"makegood/events"
)

const (
	// asideTimeout bounds moving an event to a retry tier or the dead letters.
	asideTimeout = 5 * time.Second
	// stayPause keeps an event that can't be moved from coming back at once.
	stayPause = time.Second
)

// consumer handles the deliveries of one subscription, over all its
// connections. An acknowledgement goes to the channel that the delivery came
// from or, when that is gone, nowhere: tags of one channel mean other events
// on the next. The broker then delivers again, and the inbox knows.
type consumer struct {
	events.Subscription
	line    *line
	aside   *Publisher
	workers *events.Workers[handed]
	last    remembered     // of an ordered consumer, by its only worker
	stays   rate.Sometimes // logs that events can't be moved: an outage is one line, not one an event
}

// handed is a delivery with the session that it came from.
type handed struct {
	amqp.Delivery
	session context.Context
}

// deliver finishes what it has begun even if the session ends.
func (c *consumer) deliver(h handed) {
	d := h.Delivery
	verdict, wait, failures := c.judge(h.session, d)
	switch {
	case verdict == events.Handled:
		_ = d.Ack(false)
	case verdict == events.Later && c.Ordered:
		_ = d.Nack(false, true) // to the head of its queue
		return
	case verdict == events.Later:
		if !c.move(h, retryOf(c.Name, wait), failures) {
			return
		}
	case verdict == events.Dead:
		if !c.move(h, deadOf(c.Name), failures) {
			return // it is judged again, and counts then
		}
		c.line.cfg.Log.WarnContext(events.Within(h.session, d.Body), "an event is dead", "consumer", c.Name, "event", d.MessageId, "type", d.Type,
			"order_id", d.CorrelationId, "attempts", failures.Attempts, "reason", failures.DeadReason, "error", failures.Last)
		if c.Ordered {
			c.last = remembered{} // a redrive of it counts anew
		}
	}
	c.line.cfg.Metrics.Delivered(c.Name, verdict)
}

func (c *consumer) judge(ctx context.Context, d amqp.Delivery) (events.Verdict, time.Duration, events.Failures) {
	failures := events.FailuresOf(func(key string) string {
		text, _ := d.Headers[key].(string)
		return text
	})
	e, err := events.Decode(d.Body)
	if err == nil && c.Ordered {
		verdict, failures := c.inPlace(ctx, d, e)
		return verdict, 0, failures
	}
	if err == nil {
		err = c.Handle(context.WithoutCancel(ctx), e)
	}
	return c.Judge(failures, err, time.Now())
}

// move publishes the event into the queue and then acknowledges it. A crash in
// between leaves it in both, and the inbox sees to that. It returns false if the
// event stays where it is, and then not at once, unless the session ends.
func (c *consumer) move(h handed, queue string, f events.Failures) (moved bool) {
	d, headers := h.Delivery, amqp.Table{}
	for key, value := range f.Fields() {
		headers[key] = value
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(h.session), asideTimeout)
	defer cancel()
	err := c.aside.send(ctx, []message{{key: queue, publishing: amqp.Publishing{
		MessageId: d.MessageId, Type: d.Type, CorrelationId: d.CorrelationId, AppId: d.AppId,
		Timestamp: d.Timestamp, ContentType: d.ContentType, DeliveryMode: amqp.Persistent,
		Headers: headers, Body: d.Body,
	}}})
	if err == nil {
		_ = d.Ack(false)
		return true
	}
	c.stays.Do(func() {
		c.line.cfg.Log.WarnContext(events.Within(ctx, d.Body), "events stay in their queue", "consumer", c.Name, "event", d.MessageId, "order_id", d.CorrelationId, "wanted", queue, "error", err)
	})
	select {
	case <-h.session.Done():
	case <-time.After(stayPause):
	}
	_ = d.Nack(false, true)
	return false
}
