package rabbitmq

import (
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// deadLetter reads what lay in the consumer's queue of dead letters. One that
// the consumer buried says why; of one that the broker moved there, its own
// header does.
func deadLetter(consumer string, d amqp.Delivery) events.DeadLetter {
	letter := events.DeadLetter{Consumer: consumer, Body: d.Body, Failures: events.FailuresOf(func(key string) string {
		text, _ := d.Headers[key].(string)
		return text
	})}
	if letter.DeadReason != "" {
		return letter
	}
	letter.Redrive, _ = d.Headers[redriveHeader].(string)
	reason, at := brokersDeath(d.Headers, queueOf(consumer))
	f := &letter.Failures
	if reason == "delivery_limit" {
		f.DeadReason = events.DeadDeliveryLimit
		f.Last = fmt.Sprintf("RabbitMQ had delivered it %d times, and nobody acknowledged it", deliveryLimit+1)
	} else { // rejected, most likely: whatever it was, a consumer let go of it
		f.DeadReason = events.DeadRejected
		f.Last = "a consumer rejected it and did not say why"
	}
	if !at.IsZero() {
		f.LastAt = at
	}
	if f.Attempts == 0 {
		f.First, f.FirstAt = f.Last, f.LastAt
	}
	return letter
}

// brokersDeath reads the header in which RabbitMQ keeps why, and when last, it
// moved a message out of a queue.
func brokersDeath(headers amqp.Table, queue string) (reason string, at time.Time) {
	deaths, _ := headers["x-death"].([]any)
	for _, one := range deaths {
		death, _ := one.(amqp.Table)
		from, _ := death["queue"].(string)
		when, _ := death["time"].(time.Time)
		if from == queue && !when.Before(at) {
			reason, _ = death["reason"].(string)
			at = when.UTC()
		}
	}
	return reason, at
}
