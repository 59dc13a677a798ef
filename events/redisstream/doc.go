// Package redisstream carries events over Redis Streams: one stream, one group
// a consumer. It is what an installation without RabbitMQ runs on. It never
// trims the stream: what a group has not acknowledged must stay, and so far
// nothing counts what that is.
package redisstream

import (
	"errors"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// Config has a useful zero value.
type Config struct {
	// Namespace keeps installations that share a Redis apart.
	Namespace string
	// Log hears when an outage begins and when it ends. Nil means slog.Default.
	Log *slog.Logger
}

func (c Config) log() *slog.Logger {
	if c.Log == nil {
		return slog.Default()
	}
	return c.Log
}

// All keys share a slot, so that moving an event between them is one script.

func (c Config) stream() string { return "{events:" + c.Namespace + "}" }

// retries is a sorted set of events by when they are due, in ms.
func (c Config) retries(consumer string) string { return c.stream() + ":retries:" + consumer }

// again is a stream of the events that were due.
func (c Config) again(consumer string) string { return c.stream() + ":again:" + consumer }

func (c Config) dead(consumer string) string { return c.stream() + ":dead:" + consumer }

// Fields of the stream's entries.
const (
	typeField  = "type"
	eventField = "event" // the body
)

// obeysContext refuses a client that would wait for a frozen Redis beyond the
// caller's deadline, as go-redis does unless told otherwise.
func obeysContext(client redis.UniversalClient) error {
	obeys := true
	switch c := client.(type) {
	case *redis.Client:
		obeys = c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		obeys = c.Options().ContextTimeoutEnabled
	}
	if !obeys {
		return errors.New("the Redis client for events needs ContextTimeoutEnabled")
	}
	return nil
}
