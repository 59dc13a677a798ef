package events_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/redisstream"
	"makegood/order"
	"makegood/servers"
)

func TestWhatBecomesOfADelivery(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	c := events.Consumer{Name: "email", Retries: []time.Duration{time.Second, time.Minute}}
	for name, row := range map[string]struct {
		failed  int
		err     error
		verdict events.Verdict
		wait    time.Duration
		count   int
		reason  string
	}{
		"a handled event is done with":                   {0, nil, events.Handled, 0, 0, ""},
		"the first failure waits for the first tier":     {0, errors.New("x"), events.Later, time.Second, 1, ""},
		"the second failure waits for the second":        {1, errors.New("x"), events.Later, time.Minute, 2, ""},
		"a failure after the last tier is the end":       {2, errors.New("x"), events.Dead, 0, 3, events.DeadAttempts},
		"a permanent error is the end at once":           {0, fmt.Errorf("send: %w", events.Permanent(errors.New("x"))), events.Dead, 0, 1, events.DeadPermanent},
		"an event that is busy waits and counts nothing": {2, fmt.Errorf("inbox: %w", events.ErrBusy), events.Later, time.Second, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := events.Failures{Attempts: row.failed}
			verdict, wait, after := c.Judge(before, row.err, now)
			require.Equal(t, row.verdict, verdict)
			require.Equal(t, row.wait, wait)
			require.Equal(t, row.count, after.Attempts)
			require.Equal(t, row.reason, after.DeadReason)
		})
	}
}

func TestFailuresTravelWithTheEvent(t *testing.T) {
	c := events.Consumer{Retries: []time.Duration{time.Second}}
	_, _, f := c.Judge(events.Failures{}, errors.New("first"), time.Now())
	_, _, f = c.Judge(f, errors.New(strings.Repeat("ü", 5000)), time.Now().Add(time.Second))
	fields := f.Fields()
	again := events.FailuresOf(func(key string) string { return fields[key] })
	require.Equal(t, f, again)
	require.LessOrEqual(t, len(again.Last), 1000)
	require.Zero(t, events.FailuresOf(func(string) string { return "rubbish" }).Attempts)
}

func TestAnOpenBreakerAnswersAtOnceUntilABrokerAnswersAgain(t *testing.T) {
	server, p := startRedis(t)
	g := events.Guard(p, events.Breaker{Deadline: 50 * time.Millisecond, Pause: time.Second})
	require.NoError(t, g.Publish(t.Context(), nil))
	require.NoError(t, server.Freeze())
	for range 3 {
		require.ErrorIs(t, g.Publish(t.Context(), story(t)), events.ErrBrokerDown)
	}
	require.ErrorIs(t, g.Publish(t.Context(), story(t)), gobreaker.ErrOpenState)
	require.ErrorIs(t, g.Ready(), events.ErrBrokerDown)
	require.NoError(t, server.Thaw())
	require.Eventually(t, func() bool { return g.Publish(t.Context(), story(t)) == nil }, time.Minute, time.Millisecond)
	require.NoError(t, g.Ready())
}

func TestACallerInHasteDoesNotProbe(t *testing.T) {
	server, p := startRedis(t)
	const deadline = time.Second
	g := events.Guard(p, events.Breaker{Deadline: deadline, Pause: time.Millisecond})
	hurried := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), deadline/2)
		defer cancel()
		return g.Publish(ctx, story(t))
	}
	require.NoError(t, hurried())
	require.NoError(t, server.Freeze())
	began := time.Now()
	require.ErrorIs(t, hurried(), events.ErrBrokerDown)
	require.Greater(t, time.Since(began), deadline/4, "the first waits for the broker")
	require.NoError(t, server.Thaw())
	for range 10 { // whether the broker is back or not
		require.ErrorIs(t, hurried(), events.ErrBrokerDown)
	}
	require.Eventually(t, func() bool { return g.Publish(t.Context(), story(t)) == nil }, time.Minute, time.Millisecond)
	require.NoError(t, hurried())
}

func TestACallerThatGoesAwayOpensNoBreaker(t *testing.T) {
	_, p := startRedis(t)
	g := events.Guard(p, events.Breaker{})
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, g.Publish(ctx, story(t)), context.Canceled)
	}
	require.NoError(t, g.Publish(t.Context(), story(t)))
}

func startRedis(t *testing.T) (*servers.RedisServer, events.Publisher) {
	t.Helper()
	server, err := servers.Redis(t.Context(), servers.Options{})
	require.NoError(t, err)
	client := redis.NewClient(&redis.Options{Addr: server.Address, ContextTimeoutEnabled: true})
	t.Cleanup(func() {
		_ = client.Close()
		require.NoError(t, server.Stop())
	})
	p, err := redisstream.NewPublisher(client, redisstream.Config{})
	require.NoError(t, err)
	return server, p
}

func story(t *testing.T) []events.Event {
	t.Helper()
	made, err := events.Of(sample(), order.Tell(sample(), stories["shipped"]).Timeline)
	require.NoError(t, err)
	return made
}

func TestASettingNamesItself(t *testing.T) {
	_, err := events.ParseTransport("kafka")
	require.EqualError(t, err, `EVENT_TRANSPORT must be "rabbitmq" or "redis", not "kafka"`)
	got, err := events.ParseTransport("redis")
	require.NoError(t, err)
	require.Equal(t, events.RedisStreams, got)
}
