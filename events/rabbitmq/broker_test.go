package rabbitmq_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/events/rabbitmq"
	"makegood/order"
	"makegood/servers"
)

var (
	broker *servers.RabbitMQServer
	store  *servers.RedisServer
	vhosts atomic.Int64
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	before := goleak.IgnoreCurrent()
	var err error
	if broker, err = servers.RabbitMQ(context.Background(), servers.Options{}); err == nil {
		store, err = servers.Redis(context.Background(), servers.Options{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	_ = errors.Join(broker.Stop(), store.Stop())
	if err := goleak.Find(before); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// corner is a virtual host with one consumer's queue in it.
func corner(t *testing.T) (rabbitmq.Config, *journal) {
	t.Helper()
	url, err := broker.AddVhost(t.Context(), fmt.Sprintf("rabbitmq-%d", vhosts.Add(1)))
	require.NoError(t, err)
	j := &journal{}
	return rabbitmq.Config{
		URL: url, Log: slog.New(slog.NewTextHandler(j, nil)),
		Consumers: []events.Consumer{{Name: "email"}},
	}, j
}

func publisher(t *testing.T, cfg rabbitmq.Config) *rabbitmq.Publisher {
	t.Helper()
	p, err := rabbitmq.NewPublisher(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func subscriber(t *testing.T, cfg rabbitmq.Config) *rabbitmq.Subscriber {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
	s, err := rabbitmq.NewSubscriber(cfg, inbox.New(client, inbox.Config{Namespace: cfg.URL}))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		_ = client.Close()
	})
	return s
}

// received consumes as "email" in the background and tells the events so far.
func received(t *testing.T, s *rabbitmq.Subscriber) func() []events.Event {
	t.Helper()
	var mu sync.Mutex
	var seen []events.Event
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- s.Consume(ctx, events.Subscription{
			Consumer: events.Consumer{Name: "email"}, Concurrency: 1,
			Handler: func(_ context.Context, e events.Event) error {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, e)
				return nil
			},
		})
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return func() []events.Event {
		mu.Lock()
		defer mu.Unlock()
		return append([]events.Event(nil), seen...)
	}
}

func story(t *testing.T, id string) []events.Event {
	t.Helper()
	return storyAt(t, id, time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC))
}

func storyAt(t *testing.T, id string, at time.Time) []events.Event {
	t.Helper()
	o := order.Order{ID: order.ID(id), PlacedAt: at, Request: order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR",
		Lines: []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
	}}
	made, err := events.Of(o, order.Tell(o, []order.Outcome{
		{Step: order.Charge, At: at, Reference: "pi_1", Amount: 2500}, {Step: order.Reserve, At: at},
		{Step: order.Ship, At: at, Reference: "par_1"}, {Step: order.Commit, At: at},
	}).Timeline)
	require.NoError(t, err)
	return made
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// channel is an operator's own connection to the virtual host.
func channel(t *testing.T, cfg rabbitmq.Config) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(cfg.URL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	require.NoError(t, err)
	return ch
}

// journal is a log that a test can read.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), text)
}
