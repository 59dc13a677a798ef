package events

import (
	"context"
	"errors"
	"fmt"
)

// Publisher sends an order's events.
type Publisher interface {
	// Publish sends the events in order on one channel. It returns nil only
	// when every one is confirmed and was routed. After an error everything
	// from the first unconfirmed event on is unknown: publish the same events
	// again, under the same ids. It returns when ctx ends, whatever the
	// broker does.
	Publish(ctx context.Context, events []Event) error
	// Ready is nil when a publish has a chance, else why not.
	Ready() error
	// Close ends the connection. What is unconfirmed by then is unknown.
	Close() error
}

var (
	// ErrBrokerDown is an outage: nobody can tell when it ends.
	ErrBrokerDown = errors.New("the broker is down")
	// ErrRefused is a broker that answers and does not take the event: a
	// queue that is full, most likely a foreign one. It is not an outage.
	ErrRefused = errors.New("the broker refused the event")
	// ErrUnroutable is an event that no queue took: the topology is gone.
	ErrUnroutable = errors.New("no queue takes the event")
)

// Transport names how events travel.
type Transport string

// The transports that there are.
const (
	RabbitMQ     Transport = "rabbitmq"
	RedisStreams Transport = "redis"
)

// ParseTransport reads the setting EVENT_TRANSPORT.
func ParseTransport(text string) (Transport, error) {
	switch t := Transport(text); t {
	case RabbitMQ, RedisStreams:
		return t, nil
	default:
		return "", fmt.Errorf("EVENT_TRANSPORT must be %q or %q, not %q", RabbitMQ, RedisStreams, text)
	}
}
