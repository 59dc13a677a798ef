package rabbitmq_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/events/rabbitmq"
	"makegood/tests/harness"
)

// keeper is an index that fills from the consumer's dead letters.
func keeper(t *testing.T, cfg rabbitmq.Config, s *rabbitmq.Subscriber) *deadletters.Index {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
	x := deadletters.New(client, deadletters.Config{Namespace: cfg.URL, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- x.Keep(ctx, s, cfg.Consumers...) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
		_ = client.Close()
	})
	return x
}

func letter(t *testing.T, x *deadletters.Index, reason string, after time.Time) deadletters.Letter {
	t.Helper()
	var l deadletters.Letter
	harness.Holds(t, "there is a dead letter", func() bool {
		page, err := x.List(t.Context(), deadletters.Filter{State: deadletters.Dead, Reason: reason}, "", 10)
		if err != nil || len(page.Items) == 0 || !page.Items[0].DiedAt.After(after) {
			return false
		}
		l = page.Items[0]
		return true
	})
	return l
}

// consumeByHand is a consumer of another make.
func consumeByHand(t *testing.T, cfg rabbitmq.Config) (*amqp.Channel, <-chan amqp.Delivery) {
	t.Helper()
	ch := channel(t, cfg)
	deliveries, err := ch.Consume("makegood.email", "", false, false, false, false, nil)
	require.NoError(t, err)
	return ch, deliveries
}

func TestTheBrokersBackstopIsAReasonOfItsOwn(t *testing.T) {
	cfg, _ := corner(t)
	s := subscriber(t, cfg)
	x := keeper(t, cfg, s)
	made := story(t, "ord_1")[:1]
	p := publisher(t, cfg)
	harness.Holds(t, "the event is published", func() bool { return p.Publish(within(t, time.Minute), made) == nil })
	_, deliveries := consumeByHand(t, cfg)
	times := 0
	for died := false; !died; {
		select {
		case d := <-deliveries:
			times++
			require.NoError(t, d.Nack(false, true))
		case <-time.After(100 * time.Millisecond):
			page, err := x.List(t.Context(), deadletters.Filter{}, "", 1)
			require.NoError(t, err)
			died = len(page.Items) > 0
			require.Less(t, times, 1100)
		}
	}
	l := letter(t, x, events.DeadDeliveryLimit, time.Time{})
	require.Equal(t, "email."+made[0].ID, l.ID)
	require.Equal(t, 1001, times)
	require.Contains(t, l.LastError, "1001 times")
	require.WithinDuration(t, time.Now(), l.LastAt, 10*time.Second)
}

// RabbitMQ times a death by the second, so a second one may look like the first.
func TestAConsumerThatRejectsWhatItWasGivenBackLosesNothing(t *testing.T) {
	cfg, _ := corner(t)
	s := subscriber(t, cfg)
	x := keeper(t, cfg, s)
	made := story(t, "ord_1")[:1]
	p := publisher(t, cfg)
	harness.Holds(t, "the event is published", func() bool { return p.Publish(within(t, time.Minute), made) == nil })
	_, deliveries := consumeByHand(t, cfg)
	require.NoError(t, (<-deliveries).Reject(false))
	l := letter(t, x, events.DeadRejected, time.Time{})
	for range 5 {
		_, err := x.Redrive(t.Context(), l.ID)
		require.NoError(t, err)
		d := <-deliveries
		require.Equal(t, made[0].ID, d.MessageId)
		require.Equal(t, made[0].Body, d.Body)
		require.NoError(t, d.Reject(false))
		l = letter(t, x, events.DeadRejected, l.DiedAt)
	}
}
