package rabbitmq

import (
	"context"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// mendEvery is how long what could not be declared waits for the next attempt.
const mendEvery = 5 * time.Second

// mend declares again what could not be declared, until it is or stop is called,
// which waits for an attempt under way: a broker that has just started may not
// have found a queue's leader yet, and what a person grants or removes needs no
// restart of ours.
func (l *line) mend(ctx context.Context, conn *amqp.Connection, degraded error, consumers ...events.Consumer) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var mending sync.WaitGroup
	mending.Go(func() { l.declareUntilDone(ctx, conn, degraded, consumers) })
	return func() {
		cancel()
		mending.Wait()
	}
}

func (l *line) declareUntilDone(ctx context.Context, conn *amqp.Connection, degraded error, consumers []events.Consumer) {
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
