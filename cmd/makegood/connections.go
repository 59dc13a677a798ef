package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/grpc"

	"makegood/console"
	"makegood/eager"
	"makegood/events"
	"makegood/events/deadletters"
	"makegood/events/inbox"
	"makegood/events/rabbitmq"
	"makegood/events/redisstream"
	"makegood/inventory"
	"makegood/notifications"
	"makegood/telemetry"
)

// connections are the servers that roles share in one process. None of them
// has to answer yet: every role starts before they do.
type connections struct {
	settings *Settings
	log      *slog.Logger
	registry *prometheus.Registry // what /metrics shows
	metrics  *events.Metrics
	outages  *events.Outages // of the broker
	// redisOutage is where Redis is the broker.
	redisOutage *redisstream.Outage
	working     atomic.Bool // a worker of this process takes all orders that come in
	firstTasks  *eager.Tasks
	// firstTask is nil where no worker is beside the gateway.
	firstTask func(runID string) *eager.Task
	options   client.Options
	temporal  client.Client
	redis     redis.UniversalClient
	letters   *deadletters.Index
	inbox     *inbox.Inbox
	traces    *telemetry.Traces
}

// connect opens what the settings and Temporal's own variables name, for a
// role. Its errors name a setting.
func connect(role string, s *Settings) (*connections, error) {
	options, err := temporalOptions()
	if err != nil {
		return nil, err
	}
	return connectTo(role, s, options)
}

func connectTo(role string, s *Settings, options client.Options) (*connections, error) {
	log, err := telemetry.NewLogger(os.Stderr, string(s.LogFormat), string(s.LogLevel))
	if err != nil {
		return nil, err
	}
	log = log.With("role", role)
	traces, err := telemetry.StartTraces(context.Background(), role, version, log)
	if err != nil {
		return nil, err
	}
	if traces.On() {
		options.Interceptors, err = telemetry.WorkflowInterceptors()
		if err != nil {
			return nil, err
		}
	}
	registry := telemetry.NewRegistry()
	options.Logger = sdklog.NewStructuredLogger(log)
	options.MetricsHandler = telemetry.NewSDKMetrics(registry)
	firstTasks := eager.New()
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions, grpc.WithUnaryInterceptor(firstTasks.Intercept))
	temporal, err := client.NewLazyClient(options)
	if err != nil {
		return nil, fmt.Errorf("TEMPORAL_* settings: %w", err)
	}
	redis.SetLogger(redisLog{log})
	store, err := inventory.Open(string(s.RedisURL))
	if err != nil {
		return nil, err
	}
	metrics := events.NewMetrics(registry)
	outages := events.NewOutages(log, metrics)
	return &connections{
		settings: s, log: log, registry: registry, metrics: metrics, outages: outages, redisOutage: redisstream.NewOutage(outages),
		firstTasks: firstTasks, options: options, temporal: temporal, redis: store,
		traces:  traces,
		inbox:   inbox.New(store, inbox.Config{Namespace: options.Namespace, Registry: registry, Log: log}),
		letters: deadletters.New(store, deadletters.Config{Namespace: options.Namespace, Registry: registry, Log: log}),
	}, nil
}

func (c *connections) close() {
	c.temporal.Close()
	_ = c.redis.Close()
	c.traces.Stop()
}

// stock is the pool of the Temporal namespace. Its records outlive the
// namespace's retention by 7 days: docs/adr/0004.
func (c *connections) stock(retention time.Duration) *inventory.Stock {
	return inventory.New(c.redis, inventory.Config{Namespace: c.options.Namespace, KeepFor: keepStockFor(retention)})
}

func keepStockFor(retention time.Duration) time.Duration { return retention + 7*24*time.Hour }

// publisher answers at once while the broker is down.
func (c *connections) publisher() (events.Publisher, error) {
	var publisher events.Publisher
	var err error
	switch c.settings.EventTransport {
	case transport(events.RedisStreams):
		publisher, err = redisstream.NewPublisher(c.redis, c.redisstream())
	default:
		publisher, err = rabbitmq.NewPublisher(c.rabbitmq())
	}
	if err != nil {
		return nil, err
	}
	return events.Guard(publisher, events.Breaker{Transport: events.Transport(c.settings.EventTransport), Metrics: c.metrics, Log: c.log}), nil
}

// consuming delivers events, and takes dead letters back.
type consuming interface {
	events.Subscriber
	events.DeadLetters
}

func (c *connections) subscriber() (consuming, error) {
	if c.settings.EventTransport == transport(events.RedisStreams) {
		return redisstream.NewSubscriber(c.redis, c.redisstream(), c.inbox)
	}
	return rabbitmq.NewSubscriber(c.rabbitmq(), c.inbox)
}

// console is nil if it is off.
func (c *connections) console() func(http.Handler) http.Handler {
	if c.settings.Console == "off" {
		return nil
	}
	return console.New
}

// rabbitmq has the consumers' queues declared by whoever connects first, so that
// no event is lost on a consumer that has not run yet.
func (c *connections) rabbitmq() rabbitmq.Config {
	return rabbitmq.Config{
		URL: string(c.settings.AMQPURL), Consumers: c.consumers(), NoAudit: c.settings.EventAudit == "off",
		Outages: c.outages, Metrics: c.metrics, Log: c.log,
	}
}

// consumers are those that makegood itself runs.
func (c *connections) consumers() []events.Consumer {
	return notifications.Consumers(notifications.Config{
		Retries: c.settings.EventRetries, Webhooks: c.settings.WebhookURL != "", WebhookTypes: c.settings.WebhookTypes,
	})
}

func (c *connections) redisstream() redisstream.Config {
	return redisstream.Config{
		Namespace: c.options.Namespace, Consumers: c.consumers(),
		Outage: c.redisOutage, Metrics: c.metrics, Log: c.log,
	}
}
