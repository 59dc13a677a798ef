package redisstream_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/redisstream"
	"makegood/tests/harness"
)

// The trimming and its alarm run as soon as a consumer does.

func TestAnEventStaysUntilEveryKnownConsumerHasIt(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		const orders = 20
		j := &journal{}
		cfg.Consumers = []events.Consumer{{Name: "email"}, {Name: "never-ran"}}
		cfg.Keep, cfg.Long, cfg.Log = time.Millisecond, 10, j.logger()
		p := publisher(t, client, cfg)
		for i := range orders {
			publish(t, p, story(t, fmt.Sprintf("ord_%d", i)))
		}
		length := func() int64 {
			n, err := client.XLen(t.Context(), stream(cfg)).Result()
			require.NoError(t, err)
			return n
		}

		var email, other seen
		end := consume(t, subscriber(t, client, cfg), events.Subscription{Consumer: cfg.Consumers[0], Handler: email.handle})
		email.await(t, 5*orders)
		end()
		visit(t, client, cfg, j)
		require.EqualValues(t, 5*orders, length(), "one consumer has not read them")
		require.Positive(t, j.count("slowest_consumer=never-ran"))

		// The other one has read all, and handles the fifth still.
		hold, held := make(chan struct{}), make(chan struct{})
		end = consume(t, subscriber(t, client, cfg), events.Subscription{
			Consumer: cfg.Consumers[1],
			Handler: func(ctx context.Context, e events.Event) error {
				if e.Subject == "ord_0" && e.Sequence == 5 {
					close(held)
					<-hold
				}
				return other.handle(ctx, e)
			},
		})
		<-held
		other.await(t, 5*orders-1)
		visit(t, client, cfg, j)
		left, err := client.XRange(t.Context(), stream(cfg), "-", "+").Result()
		require.NoError(t, err)
		waiting, err := client.XPending(t.Context(), stream(cfg), "never-ran").Result()
		require.NoError(t, err)
		require.LessOrEqual(t, left[0].ID, waiting.Lower, "the event that is being handled is gone")
		close(hold)
		other.await(t, 5*orders)
		end()
		consume(t, subscriber(t, client, cfg), events.Subscription{Consumer: cfg.Consumers[0], Handler: email.handle})
		harness.Holds(t, "the stream is trimmed", func() bool { return length() <= 9 })
	})
}

// visit runs a consumer until it has trimmed: the alarm follows that.
func visit(t *testing.T, client redis.UniversalClient, cfg redisstream.Config, j *journal) {
	t.Helper()
	before := j.count("too long")
	end := consume(t, subscriber(t, client, cfg), events.Subscription{
		Consumer: cfg.Consumers[0], Handler: func(context.Context, events.Event) error { return nil },
	})
	defer end()
	harness.Holds(t, "the alarm is raised", func() bool { return j.count("too long") > before })
}

func TestYoungEventsThatAllHaveAreKeptForTheTail(t *testing.T) {
	client, cfg := corner(t)
	j := &journal{}
	cfg.Log, cfg.Consumers, cfg.Long = j.logger(), []events.Consumer{{Name: "email"}}, 1000 // so 100 are kept
	p := publisher(t, client, cfg)
	for i := range 240 {
		publish(t, p, story(t, fmt.Sprintf("ord_%d", i)))
	}
	_, all := received(t, client, cfg)
	all.await(t, 1200)
	harness.Holds(t, "the alarm is raised", func() bool { return j.count("too long") == 1 })
	s := subscriber(t, client, cfg)
	consume(t, s, events.Subscription{Consumer: events.Consumer{Name: "other"}, Handler: (&seen{}).handle})
	var kept int64
	harness.Holds(t, "but not more than a tenth of the alarm's length", func() bool {
		var err error
		kept, err = client.XLen(t.Context(), stream(cfg)).Result()
		return err == nil && kept < 130
	})
	require.GreaterOrEqual(t, kept, int64(100), "a young event was dropped")
	// The first one's own look, some seconds later, finds it so.
	harness.Holds(t, "the alarm ends", func() bool { return j.count("short again") == 1 })
}

func TestMetricsTellHowFarEachConsumerIs(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		cfg.Consumers, cfg.Long = []events.Consumer{{Name: "email"}, {Name: "never-ran"}}, 15
		registry := prometheus.NewRegistry()
		registry.MustRegister(redisstream.NewMetrics(client, cfg))
		require.Equal(t, map[string]float64{
			"stream_length": 0, "stream_alarm": 0,
			"consumer_lag email": 0, "consumer_pending email": 0, "consumer_oldest_seconds email": 0, "consumer_retries email": 0, "consumer_dead email": 0,
			"consumer_lag never-ran": 0, "consumer_pending never-ran": 0, "consumer_oldest_seconds never-ran": 0, "consumer_retries never-ran": 0, "consumer_dead never-ran": 0,
		}, gather(t, registry), "before there is a stream")
		p := publisher(t, client, cfg)
		publish(t, p, story(t, "ord_1"))
		publish(t, p, story(t, "ord_2"))
		held, hold := make(chan struct{}), make(chan struct{})
		consume(t, subscriber(t, client, cfg), events.Subscription{
			Consumer: events.Consumer{Name: "email"}, Concurrency: 1,
			Handler: func(_ context.Context, e events.Event) error {
				switch {
				case e.Subject == "ord_1" && e.Sequence == 1:
					return events.Permanent(context.DeadlineExceeded)
				case e.Subject == "ord_1" && e.Sequence == 2:
					return context.DeadlineExceeded
				case e.Subject == "ord_2" && e.Sequence == 3:
					close(held)
					<-hold
				}
				return nil
			},
		})
		defer close(hold)
		<-held
		// The retry may have come round by then, and be pending or waiting.
		got := gather(t, registry)
		require.EqualValues(t, 10, got["stream_length"])
		require.EqualValues(t, 0, got["stream_alarm"])
		require.EqualValues(t, 2, got["consumer_lag email"])
		require.EqualValues(t, 10, got["consumer_lag never-ran"])
		require.EqualValues(t, 1, got["consumer_pending email"])
		require.EqualValues(t, 0, got["consumer_pending never-ran"])
		require.EqualValues(t, 1, got["consumer_retries email"])
		require.EqualValues(t, 1, got["consumer_dead email"])
		require.Positive(t, got["consumer_oldest_seconds never-ran"])
		require.Positive(t, got["consumer_oldest_seconds email"])
		publish(t, p, story(t, "ord_3"))
		require.EqualValues(t, 1, gather(t, registry)["stream_alarm"])
	})
}

// gather scrapes, by name and consumer.
func gather(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()[len("makegood_events_"):]
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			values[name] = m.GetGauge().GetValue()
		}
	}
	return values
}
