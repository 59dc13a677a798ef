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
		for {
			err := ready()
			if errors.Is(err, rabbitmq.ErrMismatch) {
				return fmt.Errorf("AMQP_URL: %w", err)
			}
			if err == nil {
				<-ctx.Done()
				return nil
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(200 * time.Millisecond):
			}
		}
	}}
}

// brokerCheck degrades a role and leaves it ready: orders don't wait for the
// broker.
func brokerCheck(name string, ready func() error) telemetry.Check {
	return telemetry.Check{Name: name, Probe: func(context.Context) error { return ready() }}
}
