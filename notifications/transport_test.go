package notifications_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/events/rabbitmq"
	"makegood/events/redisstream"
	"makegood/notifications"
	"makegood/order"
	"makegood/servers"
)

// transport carries events to a shop's receiver, as the notifier has it.
type transport struct {
	publish events.Publisher
	consume events.Subscriber
	// dead is the last error of the webhooks' only dead letter; empty while
	// there is none.
	dead func() string
}

func TestOnEachTransportAWebhookIsTriedUntilItIsTaken(t *testing.T) {
	store, err := servers.Redis(t.Context(), servers.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Stop() })
	t.Run("RabbitMQ", func(t *testing.T) {
		deliver(t, func(cfg notifications.Config) transport { return overRabbitMQ(t, store, cfg) })
	})
	t.Run("Redis Streams", func(t *testing.T) { deliver(t, func(notifications.Config) transport { return overRedis(t, store) }) })
}

func deliver(t *testing.T, open func(notifications.Config) transport) {
	retries := []time.Duration{20 * time.Millisecond, 30 * time.Millisecond, 40 * time.Millisecond}
	completed := eventOf(t, shipped, order.EventCompleted)
	refunded := eventOf(t, soldOut, order.EventRefunded)
	shop := receive(t, oldSecret, func(w http.ResponseWriter, m message, attempt int) {
		switch {
		case m.id() == refunded.ID:
			http.Error(w, "closed for good "+strings.Repeat("x", 10_000), http.StatusGone)
		case attempt < 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	way := open(notifications.Config{Retries: retries, Webhooks: true})
	sub, err := notifications.NewWebhook(notifications.WebhookConfig{URL: shop.server.URL, Secrets: []string{oldSecret}, Retries: retries})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- way.consume.Consume(ctx, sub) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
		require.NoError(t, way.consume.Close())
		require.NoError(t, way.publish.Close())
	})
	publish := func(e events.Event) {
		require.Eventually(t, func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			return way.publish.Publish(ctx, []events.Event{e}) == nil
		}, time.Minute, 10*time.Millisecond)
	}
	about := func(e events.Event) (found []message) {
		for _, m := range shop.got() {
			if m.id() == e.ID {
				found = append(found, m)
			}
		}
		return found
	}

	for range 3 { // the publisher repeats what it isn't sure of
		publish(completed)
	}
	require.Eventually(t, func() bool { return len(about(completed)) == 3 }, time.Minute, 10*time.Millisecond)
	publish(refunded)
	var dead string
	require.Eventually(t, func() bool { dead = way.dead(); return dead != "" }, time.Minute, 10*time.Millisecond)
	require.Contains(t, dead, "410 Gone")
	require.Contains(t, dead, "closed for good")
	require.Less(t, len(dead), 500)
	require.Len(t, about(refunded), 1)

	require.Len(t, about(completed), 3, "two that failed, and the one that it took")
	for _, m := range shop.got() {
		require.NoError(t, m.verified)
	}
	for _, m := range about(completed) {
		require.Equal(t, string(completed.Body), string(m.body))
	}
}

func overRabbitMQ(t *testing.T, store *servers.RedisServer, cfg notifications.Config) transport {
	t.Helper()
	broker, err := servers.RabbitMQ(t.Context(), servers.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = broker.Stop() })
	url, err := broker.AddVhost(t.Context(), "webhooks")
	require.NoError(t, err)
	with := rabbitmq.Config{URL: url, Consumers: notifications.Consumers(cfg)}
	publisher, err := rabbitmq.NewPublisher(with)
	require.NoError(t, err)
	subscriber, err := rabbitmq.NewSubscriber(with, inbox.New(connect(t, store), inbox.Config{Namespace: "rabbitmq"}))
	require.NoError(t, err)
	conn, err := amqp.Dial(url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	require.NoError(t, err)
	return transport{publisher, subscriber, func() string {
		d, found, err := ch.Get("makegood.webhook.dead", false)
		require.NoError(t, err)
		if !found {
			return ""
		}
		text, _ := d.Headers["makegood-last-error"].(string)
		return text
	}}
}

func overRedis(t *testing.T, store *servers.RedisServer) transport {
	t.Helper()
	client, cfg := connect(t, store), redisstream.Config{Namespace: "streams"}
	publisher, err := redisstream.NewPublisher(client, cfg)
	require.NoError(t, err)
	subscriber, err := redisstream.NewSubscriber(client, cfg, inbox.New(client, inbox.Config{Namespace: "streams"}))
	require.NoError(t, err)
	return transport{publisher, subscriber, func() string {
		entries, err := client.XRange(t.Context(), "{events:streams}:dead:webhook", "-", "+").Result()
		require.NoError(t, err)
		if len(entries) == 0 {
			return ""
		}
		text, _ := entries[0].Values["makegood-last-error"].(string)
		return text
	}}
}

func connect(t *testing.T, store *servers.RedisServer) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	return client
}
