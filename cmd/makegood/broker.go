package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"makegood/events/rabbitmq"
	"makegood/telemetry"
)

// brokerPart looks at the topology as soon as the broker answers: a queue that
// exists with other arguments, and so keeps other promises, stops the role.
func brokerPart(ready func() error) part {
	return part{"broker", func(ctx context.Context) error {
		if err := awaitBroker(ctx, ready); errors.Is(err, rabbitmq.ErrMismatch) {
			return err
		}
		<-ctx.Done()
		return nil
	}}
}

// awaitBroker waits until the broker is ready. It returns at once what nobody
// mends by waiting, rabbitmq.ErrMismatch, and at the end of ctx what ready said.
func awaitBroker(ctx context.Context, ready func() error) error {
	for {
		err := ready()
		switch {
		case err == nil:
			return nil
		case errors.Is(err, rabbitmq.ErrMismatch):
			return fmt.Errorf("AMQP_URL: %w", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// brokerCheck degrades a role and leaves it ready: orders don't wait for the
// broker.
func brokerCheck(name string, ready func() error) telemetry.Check {
	return telemetry.Check{Name: name, Probe: func(context.Context) error { return ready() }}
}
