// Package rabbitmq carries events over RabbitMQ, 3.10 to 4.x. It owns the
// topology, the connections and the retry tiers. It trusts the library with
// the protocol alone: the library's publish blocks beyond its context when the
// socket does, and its recovery resends nothing, so both are done here.
package rabbitmq

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// Config is what a publisher, a subscriber and the setup share.
type Config struct {
	// URL is amqp://user:password@host:port/vhost, or amqps://.
	URL string
	// Consumers are declared with every connection that is made: an event is
	// kept for a consumer that has never run yet.
	Consumers []events.Consumer
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

// CheckURL tells what is wrong with the setting AMQP_URL.
func CheckURL(text string) error {
	if !strings.HasPrefix(text, "amqp://") && !strings.HasPrefix(text, "amqps://") {
		return badURL("it must start with amqp:// or amqps://")
	}
	_, err := amqp.ParseURI(text)
	var unparsed *url.Error // it repeats the URL
	switch {
	case errors.As(err, &unparsed):
		return badURL(unparsed.Err.Error())
	case err != nil:
		return badURL(err.Error())
	}
	return nil
}

type badURL string

// Error does not repeat the URL: it holds a password.
func (b badURL) Error() string {
	return "AMQP_URL must look like amqp://user:password@host:5672/vhost: " + string(b)
}
