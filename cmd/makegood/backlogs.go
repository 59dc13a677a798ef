package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/events/redisstream"
	"makegood/telemetry"
)

// backlogs are how much waits for the consumers, at a scrape and when asked.
type backlogs interface {
	prometheus.Collector
	Backlogs(ctx context.Context) ([]events.Backlog, error)
}

// backlogs keep a connection to the broker, whose health is the role's. On Redis
// Streams they have the one that each role checks in any case.
func (c *connections) backlogs() (backlogs, []part, []telemetry.Check, error) {
	if c.settings.EventTransport == transport(events.RedisStreams) {
		return redisstream.NewMetrics(c.redis, c.redisstream()), nil, nil, nil
	}
	metrics, err := rabbitmq.NewMetrics(c.rabbitmq())
	if err != nil {
		return nil, nil, nil, err
	}
	keep := part{"backlogs", func(ctx context.Context) error { metrics.Keep(ctx); return nil }}
	return metrics, []part{keep}, []telemetry.Check{brokerCheck("broker", metrics.Ready)}, nil
}
