package rabbitmq_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/order"
	"makegood/tests/harness"
)

func TestSetupMayBeRepeated(t *testing.T) {
	cfg, _ := corner(t)
	require.NoError(t, rabbitmq.Setup(t.Context(), cfg))
	require.NoError(t, rabbitmq.Setup(t.Context(), cfg))
}

func TestQueuesAreAllThatAreDeclaredForAConsumer(t *testing.T) {
	cfg, _ := corner(t)
	require.NoError(t, rabbitmq.Setup(t.Context(), cfg))
	all := append(rabbitmq.Queues(cfg.Consumers[0]), rabbitmq.Unrouted, rabbitmq.Audit)
	require.Equal(t, "makegood.email", all[0], "its own is first")
	ch := channel(t, cfg)
	for _, queue := range all {
		_, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
		require.NoError(t, err)
	}
	vhost := cfg.URL[strings.LastIndex(cfg.URL, "/")+1:]
	declared, err := broker.Eval(t.Context(), fmt.Sprintf("length(rabbit_amqqueue:list(<<%q>>)).", vhost))
	require.NoError(t, err)
	require.Equal(t, fmt.Sprint(len(all)), declared)
}

func TestQueuesThatExistOtherwiseAreNamedInOneLine(t *testing.T) {
	cfg, journal := corner(t)
	for _, queue := range []string{"makegood.email", "makegood.email.dead"} {
		_, err := channel(t, cfg).QueueDeclare(queue, true, false, false, false, nil)
		require.NoError(t, err)
	}
	err := rabbitmq.Setup(t.Context(), cfg)
	require.ErrorIs(t, err, rabbitmq.ErrTopology)
	require.ErrorIs(t, err, rabbitmq.ErrMismatch)
	require.Contains(t, err.Error(), "queue makegood.email exists with other arguments")
	remove := "rabbitmqctl -p " + cfg.URL[strings.LastIndex(cfg.URL, "/")+1:] + " delete_queue "
	require.Contains(t, err.Error(), remove+"makegood.email)")
	require.Contains(t, err.Error(), remove+"makegood.email.dead)")
	require.NotContains(t, err.Error(), "\n")

	// A role goes on with it, and says so.
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_1")))
	require.ErrorIs(t, p.Ready(), rabbitmq.ErrMismatch)
	require.Equal(t, 1, journal.count("topology is not as declared"))
}

func TestWhatCouldNotBeDeclaredIsDeclaredOnceItCan(t *testing.T) {
	cfg, journal := corner(t)
	ch := channel(t, cfg)
	_, err := ch.QueueDeclare("makegood.email", true, false, false, false, nil)
	require.NoError(t, err)
	p, s := publisher(t, cfg), subscriber(t, cfg)
	seen := received(t, s)
	harness.Holds(t, "both say so", func() bool {
		return errors.Is(p.Ready(), rabbitmq.ErrMismatch) && errors.Is(s.Ready(), rabbitmq.ErrMismatch)
	})
	_, err = ch.QueueDelete("makegood.email", false, false, false)
	require.NoError(t, err)
	harness.Holds(t, "both have mended it", func() bool { return errors.Join(p.Ready(), s.Ready()) == nil })
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_1")))
	harness.Holds(t, "events arrive", func() bool { return len(seen()) == 5 })
	require.Positive(t, journal.count("topology is not as declared"))
}

func TestAnEventThatNobodyAskedForIsKeptAside(t *testing.T) {
	cfg, _ := corner(t)
	cfg.Consumers[0].Types = []order.EventType{order.EventCompleted}
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_1")))
	ch := channel(t, cfg)
	require.Zero(t, depth(t, ch, rabbitmq.Unrouted), "the audit stream takes every event")
	require.Equal(t, 1, depth(t, ch, "makegood.email"))

	require.NoError(t, ch.QueueUnbind(rabbitmq.Audit, "#", rabbitmq.Exchange, nil))
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_2")))
	require.Equal(t, 4, depth(t, ch, rabbitmq.Unrouted))
}

func TestAnEventThatNoQueueTakesIsAnErrorAndNoSuccess(t *testing.T) {
	cfg, _ := corner(t)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_warm")))
	ch := channel(t, cfg)
	_, err := ch.QueueDelete("makegood.email", false, false, false)
	require.NoError(t, err)
	for _, queue := range []string{rabbitmq.Unrouted, rabbitmq.Audit} {
		_, err = ch.QueueDelete(queue, false, false, false)
		require.NoError(t, err)
	}
	var publishers sync.WaitGroup
	for i := range 300 { // so that returns and confirms come close together
		publishers.Go(func() {
			err := p.Publish(within(t, time.Minute), story(t, fmt.Sprintf("ord_%d", i)))
			if !errors.Is(err, events.ErrUnroutable) {
				t.Errorf("an event that no queue took counts as published: %v", err)
			}
		})
	}
	publishers.Wait()
}

func TestADeletedExchangeIsAnErrorAndIsDeclaredAnew(t *testing.T) {
	cfg, _ := corner(t)
	p := publisher(t, cfg)
	seen := received(t, subscriber(t, cfg))
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_1")))
	require.NoError(t, channel(t, cfg).ExchangeDelete(rabbitmq.Exchange, false, false))
	require.ErrorIs(t, p.Publish(within(t, time.Minute), story(t, "ord_2")), events.ErrBrokerDown)
	harness.Holds(t, "the topology is back", func() bool {
		return p.Publish(within(t, time.Minute), story(t, "ord_2")) == nil
	})
	harness.Holds(t, "the consumer is bound again", func() bool { return len(seen()) == 10 })
}

func TestARefusalIsNoOutageAndNoSuccess(t *testing.T) {
	cfg, journal := corner(t)
	p := publisher(t, cfg)
	registry := prometheus.NewRegistry()
	guarded := events.Guard(p, events.Breaker{Metrics: events.NewMetrics(registry), Log: cfg.Log})
	require.NoError(t, guarded.Publish(within(t, time.Minute), story(t, "ord_warm")))
	ch := channel(t, cfg)
	_, err := ch.QueueDeclare("foreign", false, false, false, false, amqp.Table{"x-max-length": 1, "x-overflow": "reject-publish"})
	require.NoError(t, err)
	// Only one event of each order is refused, among many that are confirmed.
	require.NoError(t, ch.QueueBind("foreign", string(order.EventReserved), rabbitmq.Exchange, false, nil))
	require.Error(t, fill(t, guarded))
	var publishers sync.WaitGroup
	for i := range 200 {
		publishers.Go(func() {
			err := guarded.Publish(within(t, time.Minute), story(t, fmt.Sprintf("ord_%d", i)))
			if !errors.Is(err, events.ErrRefused) {
				t.Errorf("an event that was refused counts as published: %v", err)
			}
		})
	}
	publishers.Wait()
	require.NoError(t, guarded.Ready())
	require.Equal(t, 1, journal.count("the broker refuses events"))
	require.GreaterOrEqual(t, total(t, registry, "makegood_events_published_total", "refused"), 1000.0)

	// Once the queue has room, the events go out like any.
	_, err = ch.QueuePurge("foreign", false)
	require.NoError(t, err)
	require.NoError(t, guarded.Publish(within(t, time.Minute), story(t, "ord_0")))
}

// total is the counter with that label, or the gauge that has none.
func total(t *testing.T, registry *prometheus.Registry, name, label string) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == name && (label == "" || m.GetLabel()[0].GetValue() == label) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

// fill publishes until the foreign queue refuses.
func fill(t *testing.T, p events.Publisher) error {
	for range 10 {
		if err := p.Publish(within(t, time.Minute), story(t, "ord_full")); err != nil {
			return err
		}
	}
	return nil
}

func TestAnAttemptIsNotWhatTheBrokerCounts(t *testing.T) {
	cfg, _ := corner(t)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_1")[:1]))
	ch := channel(t, cfg)
	for range 30 { // more than the 20 deliveries that 4.x allows by default
		d, ok, err := ch.Get("makegood.email", false)
		require.NoError(t, err)
		if !ok {
			continue // not back in its queue yet
		}
		require.NoError(t, d.Nack(false, true))
	}
	seen := received(t, subscriber(t, cfg))
	harness.Holds(t, "it is handled all the same", func() bool { return len(seen()) == 1 })
}

func TestABadURLIsNamedWithoutItsPassword(t *testing.T) {
	for _, url := range []string{"", "localhost:5672", "http://guest:secret@localhost", "amqp://guest:secret@localhost:port/", "amqp://localhost,", "amqp://localhost,guest:secret@localhost",
		"amqp://guest:secret@:5672/", "amqp://guest:secret@localhost:99999/", "amqp://guest:secret/%@localhost/", "amqp://guest:%zzsecret@localhost/"} {
		_, err := rabbitmq.NewPublisher(rabbitmq.Config{URL: url})
		require.ErrorContains(t, err, "AMQP_URL must look like amqp://", url)
		require.False(t, strings.Contains(err.Error(), "secret"), err.Error())
	}
}

func depth(t *testing.T, ch *amqp.Channel, queue string) int {
	t.Helper()
	n := 0
	for {
		_, ok, err := ch.Get(queue, true)
		require.NoError(t, err)
		if !ok {
			return n
		}
		n++
	}
}
