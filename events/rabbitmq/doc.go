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
	// Log hears when an outage begins and when it ends. Nil means slog.Default.
	Log *slog.Logger
}

func (c Config) log() *slog.Logger {
	if c.Log == nil {
		return slog.Default()
	}
	return c.Log
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
