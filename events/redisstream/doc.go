// Package redisstream carries events over Redis Streams: one stream, one group
// a consumer. It is what an installation without RabbitMQ runs on. It never
// drops an event that a group has not acknowledged: the stream is trimmed
// behind the slowest group, and raises an alarm when that makes it too long.
//
// What is confirmed is as safe as the Redis is: appendfsync always, and no
// eviction. A replica that takes over may lack the last writes.
package redisstream

import (
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

// Config has a useful zero value.
type Config struct {
	// Namespace keeps installations that share a Redis apart.
	Namespace string
	// Consumers get their groups from whoever connects first: an event is
	// kept for a consumer that has never run yet.
	Consumers []events.Consumer
	// Keep is how long an event stays that every group has acknowledged, for
	// `makegood events tail`. Zero means 24 h.
	Keep time.Duration
	// Long is the length from which the stream raises an alarm; nothing is
	// dropped for it. Events that every group has acknowledged fill a tenth of
	// it at most, however young. Zero means 1,000,000: some 1.5 GB.
	Long int64
	// Outage is shared by all that use the same Redis in a process, which then
	// logs each outage once. Nil means one's own.
	Outage *Outage
	// Metrics count deliveries. Nil counts nothing.
	Metrics *events.Metrics
	// Log hears of dead events, and when the stream's alarm begins and ends.
	// Nil means slog.Default.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Keep <= 0 {
		c.Keep = 24 * time.Hour
	}
	if c.Long <= 0 {
		c.Long = 1_000_000
	}
	if c.Outage == nil {
		c.Outage = NewOutage(events.NewOutages(c.Log, c.Metrics))
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

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
