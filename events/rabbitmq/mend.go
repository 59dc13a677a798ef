package rabbitmq

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// mendEvery is how long what could not be declared waits for the next attempt.
const mendEvery = 5 * time.Second

// mend declares again what could not be declared, until it is or ctx ends: a
// broker that has just started may not have found a queue's leader yet, and
// what a person grants or removes needs no restart of ours.
func (l *line) mend(ctx context.Context, conn *amqp.Connection, degraded error, consumers []events.Consumer) {
	for degraded != nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(mendEvery):
		}
		var err error
		if degraded, err = declare(ctx, conn, l.cfg, consumers...); err != nil || ctx.Err() != nil {
			return // with the connection
		}
		l.declared(degraded)
	}
}
