package redisstream_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/events/redisstream"
	"makegood/order"
	"makegood/servers"
)

var store *servers.RedisServer

func TestMain(m *testing.M) {
	before := goleak.IgnoreCurrent()
	var err error
	if store, err = servers.Redis(context.Background(), servers.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = store.Stop()
	if err := goleak.Find(before); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func TestAFrozenRedisHoldsUpNobodyAndLosesNothing(t *testing.T) {
	client, cfg := corner(t)
	p, err := redisstream.NewPublisher(client, cfg)
	require.NoError(t, err)
	s, seen := received(t, client, cfg)
	publish(t, p, story(t, "ord_warm"))
	eventually(t, "the first order arrives", func() bool { return len(seen()) == 5 })

	require.NoError(t, store.Freeze())
	t.Cleanup(func() { _ = store.Thaw() })
	const lane = 250 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), lane)
	defer cancel()
	began := time.Now()
	require.ErrorIs(t, p.Publish(ctx, story(t, "ord_late")), events.ErrBrokerDown)
	require.Less(t, time.Since(began), 2*lane)
	require.ErrorIs(t, p.Ready(), events.ErrBrokerDown)
	eventually(t, "the subscriber notices", func() bool { return s.Ready() != nil })

	require.NoError(t, store.Thaw())
	publish(t, p, story(t, "ord_late"))
	eventually(t, "every event arrives", func() bool { return len(seen()) == 10 })
	eventually(t, "all is well", func() bool { return s.Ready() == nil && p.Ready() == nil })
	last := map[order.ID]int{}
	for _, e := range seen() {
		require.Equal(t, last[e.Subject]+1, e.Sequence, "order %s", e.Subject)
		last[e.Subject] = e.Sequence
	}
}

func TestAKilledRedisComesBackWithItsEvents(t *testing.T) {
	client, cfg := corner(t)
	p, err := redisstream.NewPublisher(client, cfg)
	require.NoError(t, err)
	require.NoError(t, client.ConfigSet(t.Context(), "appendfsync", "always").Err())
	publish(t, p, story(t, "ord_before"))
	require.NoError(t, store.Kill())
	_, seen := received(t, client, cfg)
	require.NoError(t, store.Restart(t.Context()))
	publish(t, p, story(t, "ord_after"))
	eventually(t, "every event arrives", func() bool { return len(seen()) == 10 })
}

func TestAStreamThatIsGoneIsMadeAnew(t *testing.T) {
	client, cfg := corner(t)
	p, err := redisstream.NewPublisher(client, cfg)
	require.NoError(t, err)
	_, seen := received(t, client, cfg)
	publish(t, p, story(t, "ord_1"))
	eventually(t, "the first order arrives", func() bool { return len(seen()) == 5 })
	require.NoError(t, client.FlushAll(t.Context()).Err())
	publish(t, p, story(t, "ord_2"))
	eventually(t, "the second order arrives", func() bool { return len(seen()) == 10 })
}

func TestAConsumerThatEndsLeavesNothingBehind(t *testing.T) {
	client, cfg := corner(t)
	p, err := redisstream.NewPublisher(client, cfg)
	require.NoError(t, err)
	publish(t, p, story(t, "ord_1"))
	s, err := redisstream.NewSubscriber(client, cfg, inbox.New(client, inbox.Config{Namespace: cfg.Namespace}))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, s.Consume(ctx, events.Subscription{
		Consumer: events.Consumer{Name: "email"}, Concurrency: 1,
		Handler: func(context.Context, events.Event) error { cancel(); return nil },
	}))
	members, err := client.XInfoConsumers(t.Context(), "{events:"+cfg.Namespace+"}", "email").Result()
	require.NoError(t, err)
	require.Empty(t, members)
	waiting, err := client.ZCard(t.Context(), "{events:"+cfg.Namespace+"}:retries:email").Result()
	require.NoError(t, err)
	require.EqualValues(t, 4, waiting, "what was not begun is there for whoever comes next")
}

func TestAClientThatWouldIgnoreADeadlineIsRefused(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: store.Address})
	defer func() { _ = client.Close() }()
	_, err := redisstream.NewPublisher(client, redisstream.Config{})
	require.ErrorContains(t, err, "ContextTimeoutEnabled")
}

func corner(t *testing.T) (*redis.Client, redisstream.Config) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	return client, redisstream.Config{Namespace: rand.Text()}
}

func received(t *testing.T, client *redis.Client, cfg redisstream.Config) (*redisstream.Subscriber, func() []events.Event) {
	t.Helper()
	s, err := redisstream.NewSubscriber(client, cfg, inbox.New(client, inbox.Config{Namespace: cfg.Namespace}))
	require.NoError(t, err)
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
	return s, func() []events.Event {
		mu.Lock()
		defer mu.Unlock()
		return append([]events.Event(nil), seen...)
	}
}

func publish(t *testing.T, p events.Publisher, list []events.Event) {
	t.Helper()
	eventually(t, "the events are published", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return p.Publish(ctx, list) == nil
	})
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 60*time.Second, 10*time.Millisecond, what)
}

func story(t *testing.T, id string) []events.Event {
	t.Helper()
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
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
