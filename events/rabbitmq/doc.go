// Package rabbitmq carries events over RabbitMQ, 3.10 to 4.x. It owns the
// topology, the connections and the retry tiers. It trusts the library with
// the protocol alone: the library's publish blocks beyond its context when the
// socket does, and its recovery resends nothing, so both are done here.
package rabbitmq

import (
	"fmt"
	"log/slog"

	"makegood/events"
)

// Config is what a publisher, a subscriber and the setup share.
type Config struct {
	// URL is amqp://user:password@host:port/vhost, or amqps://; of a cluster
	// one a node, separated by commas.
	URL string
	// Consumers are declared with every connection that is made: an event is
	// kept for a consumer that has never run yet.
	Consumers []events.Consumer
	// NoAudit leaves out the stream of every event, which costs the broker about
	// a third of what it carries at most; see docs/benchmarks.md.
	NoAudit bool
	// Outages hears when a connection is lost and when it is back; a process
	// shares one. Nil means one of its own that logs to Log.
	Outages *events.Outages
	// Metrics count deliveries. Nil counts nothing.
	Metrics *events.Metrics
	// Log hears of dead events and of a topology that is not as declared. Nil
	// means slog.Default.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Outages == nil {
		c.Outages = events.NewOutages(c.Log, c.Metrics)
	}
	return c
}

func (c Config) check() error {
	if err := CheckURL(c.URL); err != nil {
		return fmt.Errorf("AMQP_URL %w", err)
	}
	return nil
}
