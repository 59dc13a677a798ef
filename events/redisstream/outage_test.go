package redisstream_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/redisstream"
	"makegood/servers"
	"makegood/tests/harness"
)

func TestAFrozenRedisHoldsUpNobodyAndLosesNothing(t *testing.T) {
	client, cfg := corner(t)
	p := publisher(t, client, cfg)
	s, seen := received(t, client, cfg)
	publish(t, p, story(t, "ord_warm"))
	harness.Holds(t, "the first order arrives", func() bool { return len(seen.all()) == 5 })

	require.NoError(t, store.Freeze())
	t.Cleanup(func() { _ = store.Thaw() })
	const lane = 250 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), lane)
	defer cancel()
	began := time.Now()
	require.ErrorIs(t, p.Publish(ctx, story(t, "ord_late")), events.ErrBrokerDown)
	require.Less(t, time.Since(began), 2*lane)
	require.ErrorIs(t, p.Ready(), events.ErrBrokerDown)
	harness.Holds(t, "the subscriber notices", func() bool { return s.Ready() != nil })

	require.NoError(t, store.Thaw())
	publish(t, p, story(t, "ord_late"))
	harness.Holds(t, "every event arrives", func() bool { return len(seen.all()) == 10 })
	harness.Holds(t, "all is well", func() bool { return s.Ready() == nil && p.Ready() == nil })
	requireInOrder(t, seen.all())
}

func TestAPublishInHasteTellsOfNoOutage(t *testing.T) {
	client, cfg := corner(t)
	j := &journal{}
	cfg.Log = j.logger()
	p := publisher(t, client, cfg)
	publish(t, p, story(t, "ord_warm"))
	frozen := func(d time.Duration) {
		require.NoError(t, store.Freeze())
		defer func() { require.NoError(t, store.Thaw()) }()
		ctx, cancel := context.WithTimeout(t.Context(), d)
		defer cancel()
		require.ErrorIs(t, p.Publish(ctx, story(t, "ord_late")), events.ErrBrokerDown)
	}
	frozen(250 * time.Millisecond) // the lane's
	require.Zero(t, j.count("the broker is down"))
	frozen(1500 * time.Millisecond)
	require.Equal(t, 1, j.count("the broker is down"))
	publish(t, p, story(t, "ord_late"))
	require.Equal(t, 1, j.count("the broker is back"))
}

func TestAKilledRedisComesBackWithItsEvents(t *testing.T) {
	client, cfg := corner(t)
	p := publisher(t, client, cfg)
	require.NoError(t, client.ConfigSet(t.Context(), "appendfsync", "always").Err())
	publish(t, p, story(t, "ord_before"))
	require.NoError(t, store.Kill())
	_, seen := received(t, client, cfg)
	require.NoError(t, store.Restart(t.Context()))
	publish(t, p, story(t, "ord_after"))
	harness.Holds(t, "every event arrives", func() bool { return len(seen.all()) == 10 })
}

func TestAStreamThatIsGoneIsMadeAnew(t *testing.T) {
	client, cfg := corner(t)
	p := publisher(t, client, cfg)
	_, seen := received(t, client, cfg)
	publish(t, p, story(t, "ord_1"))
	harness.Holds(t, "the first order arrives", func() bool { return len(seen.all()) == 5 })
	require.NoError(t, client.FlushAll(t.Context()).Err())
	publish(t, p, story(t, "ord_2"))
	harness.Holds(t, "the second order arrives", func() bool { return len(seen.all()) == 10 })
}

func TestAConsumerThatEndsLeavesNothingBehind(t *testing.T) {
	client, cfg := corner(t)
	p := publisher(t, client, cfg)
	publish(t, p, story(t, "ord_1"))
	s := subscriber(t, client, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, s.Consume(ctx, events.Subscription{
		Consumer: events.Consumer{Name: "email"}, Concurrency: 1,
		Handler: func(context.Context, events.Event) error { cancel(); return nil },
	}))
	for _, key := range []string{stream(cfg), again(cfg)} {
		members, err := client.XInfoConsumers(t.Context(), key, "email").Result()
		require.NoError(t, err)
		for _, m := range members {
			require.Equal(t, "returned", m.Name)
		}
	}
	_, seen := received(t, client, cfg)
	harness.Holds(t, "what was not begun is there for whoever comes next", func() bool { return len(seen.all()) == 4 })
}

func TestAClientThatWouldIgnoreADeadlineIsRefused(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: store.Address})
	defer func() { _ = client.Close() }()
	_, err := redisstream.NewPublisher(client, redisstream.Config{})
	require.ErrorContains(t, err, "ContextTimeoutEnabled")
}

// A process has many that use its Redis, and an outage is one.
func TestAnOutageIsOneLineAndItsEndAnother(t *testing.T) {
	server, err := servers.Redis(t.Context(), servers.Options{Durable: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()
	j := &journal{}
	consumers := [4]events.Consumer{{Name: "one"}, {Name: "two"}, {Name: "three"}, {Name: "ordered", Ordered: true}}
	client, cfg := open(t, server.URL), redisstream.Config{
		Consumers: consumers[:], Outage: redisstream.NewOutage(events.NewOutages(j.logger(), nil)), Log: j.logger(),
	}
	var all [len(consumers)]seen
	for i, c := range consumers {
		consume(t, subscriber(t, client, cfg), events.Subscription{Consumer: c, Handler: all[i].handle})
	}
	p := publisher(t, client, cfg)
	publish(t, p, story(t, "ord_1"))
	for i := range all {
		all[i].await(t, 5)
	}
	for outage := 1; outage <= 2; outage++ {
		require.NoError(t, server.Kill())
		require.ErrorIs(t, p.Publish(t.Context(), story(t, "ord_lost")), events.ErrBrokerDown)
		harness.Holds(t, "a consumer notices", func() bool { return j.count("the broker is down") == outage })
		require.NoError(t, server.Restart(t.Context()))
		publish(t, p, story(t, "ord_"+string(rune('1'+outage))))
		for i := range all {
			all[i].await(t, 5+5*outage)
		}
		require.Equal(t, outage, j.count("the broker is down"))
		require.Equal(t, outage, j.count("the broker is back"))
	}
}

func TestAFullRedisRefusesAndIsNoOutage(t *testing.T) {
	server, err := servers.Redis(t.Context(), servers.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()
	j := &journal{}
	client := open(t, server.URL)
	p := publisher(t, client, redisstream.Config{Log: j.logger()})
	require.NoError(t, p.Publish(t.Context(), story(t, "ord_1")))
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "1").Err())
	require.ErrorIs(t, p.Publish(t.Context(), story(t, "ord_2")), events.ErrRefused)
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "0").Err())
	require.NoError(t, p.Publish(t.Context(), story(t, "ord_2")))
	require.Zero(t, j.count("the broker is down"))
}
