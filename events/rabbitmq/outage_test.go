package rabbitmq_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/order"
	"makegood/servers"
	"makegood/tests/harness"
)

// The lane's time for its publish.
const lane = 250 * time.Millisecond

func TestAFrozenBrokerHoldsUpNobodyAndLosesNothing(t *testing.T) {
	cfg, journal := corner(t)
	p := publisher(t, cfg)
	guarded := events.Guard(p, events.Breaker{Deadline: time.Second})
	seen := received(t, subscriber(t, cfg))
	require.NoError(t, guarded.Publish(within(t, time.Minute), story(t, "ord_warm")))

	freeze(t)
	late := [][]events.Event{story(t, "ord_0"), story(t, "ord_1"), story(t, "ord_2")}
	began := time.Now()
	require.ErrorIs(t, guarded.Publish(within(t, lane), late[0]), context.DeadlineExceeded)
	require.Less(t, time.Since(began), 2*lane)
	began = time.Now()
	require.ErrorIs(t, guarded.Publish(within(t, lane), late[1]), events.ErrBrokerDown)
	require.Less(t, time.Since(began), lane/5, "the next lanes don't wait")
	for range 2 {
		require.ErrorIs(t, guarded.Publish(within(t, time.Minute), late[2]), context.DeadlineExceeded)
	}
	require.ErrorIs(t, guarded.Ready(), events.ErrBrokerDown)

	require.NoError(t, broker.Thaw())
	for _, made := range late {
		harness.Holds(t, "the breaker lets somebody try", func() bool {
			return guarded.Publish(within(t, time.Minute), made) == nil
		})
	}
	harness.Holds(t, "every event arrives", func() bool { return len(seen()) == 4*5 })
	inOrder(t, seen())
	require.Zero(t, journal.count("panic"))
}

func TestMoreThanASocketHoldsBlocksNobodyWhileFrozen(t *testing.T) {
	cfg, _ := corner(t)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_warm")))
	large := story(t, "ord_large")[:1]
	large[0].Body = make([]byte, 1<<20)
	freeze(t)
	var publishers sync.WaitGroup
	began := time.Now()
	for range 50 { // 50 MB: the kernel's buffers hold a few
		publishers.Go(func() {
			require.Error(t, p.Publish(within(t, lane), large))
		})
	}
	publishers.Wait()
	require.Less(t, time.Since(began), 10*lane)
	began = time.Now()
	require.NoError(t, p.Close())
	require.Less(t, time.Since(began), 6*time.Second, "closing doesn't wait for a frozen broker")
}

func TestABlockedConnectionFailsAtOnceAndComesBack(t *testing.T) {
	cfg, journal := corner(t)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_warm")))
	alarm(t, true)
	t.Cleanup(func() { alarm(t, false) })
	// The broker tells a connection only once that has published something.
	require.Error(t, p.Publish(within(t, lane), story(t, "ord_1")))
	harness.Holds(t, "the publisher hears of the alarm", func() bool { return p.Ready() != nil })
	began := time.Now()
	require.ErrorIs(t, p.Publish(within(t, time.Minute), story(t, "ord_1")), events.ErrBrokerDown)
	require.Less(t, time.Since(began), lane)
	alarm(t, false)
	harness.Holds(t, "it publishes again", func() bool {
		return p.Publish(within(t, time.Second), story(t, "ord_1")) == nil
	})
	require.NoError(t, p.Ready())
	require.Equal(t, 1, journal.count("the broker is down"))
	require.Equal(t, 1, journal.count("the broker is back"))
}

// The broker sends heartbeats while it reads nothing.
func TestClosingDoesNotWaitForAnAlarmToEnd(t *testing.T) {
	cfg, _ := corner(t)
	alarm(t, true)
	t.Cleanup(func() { alarm(t, false) })
	var blocked []*rabbitmq.Publisher
	for range 3 {
		p, err := rabbitmq.NewPublisher(cfg)
		require.NoError(t, err)
		require.Error(t, p.Publish(within(t, lane), story(t, "ord_1")))
		harness.Holds(t, "the publisher hears of the alarm", func() bool { return p.Ready() != nil })
		blocked = append(blocked, p)
	}
	for _, p := range blocked { // one after another, so that heartbeats come in between
		closed := make(chan error, 1)
		go func() { closed <- p.Close() }()
		select {
		case err := <-closed:
			require.NoError(t, err)
		case <-time.After(15 * time.Second):
			require.Fail(t, "it waits for the broker")
		}
	}
}

func TestWhatCannotBeMovedStaysAndIsOneLine(t *testing.T) {
	cfg, journal := corner(t)
	registry := prometheus.NewRegistry()
	cfg.Metrics = events.NewMetrics(registry)
	require.NoError(t, publisher(t, cfg).Publish(within(t, time.Minute), story(t, "ord_1")))
	alarm(t, true)
	t.Cleanup(func() { alarm(t, false) })
	var attempts atomic.Int32
	never := events.Subscription{
		Consumer: events.Consumer{Name: "email"},
		Handler: func(context.Context, events.Event) error {
			attempts.Add(1)
			return events.Permanent(errors.New("no such address"))
		},
	}
	s := subscriber(t, cfg)
	for round := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Consume(ctx, never) }()
		logged := journal.count("events stay in their queue")
		harness.Holds(t, "it is logged", func() bool { return journal.count("events stay in their queue") > logged })
		began := time.Now()
		cancel()
		require.NoError(t, <-done)
		if round > 0 { // before, the broker had not told yet that it blocks, and one waited for its confirm
			require.Less(t, time.Since(began), 900*time.Millisecond, "the end does not wait for the pause")
		}
	}

	consume(t, s, never)
	sofar := attempts.Load()
	harness.Holds(t, "each event is tried again", func() bool { return attempts.Load() >= sofar+15 })
	require.Equal(t, 3, journal.count("events stay in their queue"), "a line a consumer")
	require.Zero(t, journal.count("an event is dead"))
	require.Zero(t, total(t, registry, "makegood_events_delivered_total", "email"))
	alarm(t, false)
	harness.Holds(t, "all die", func() bool { return journal.count("an event is dead") == 5 })
	harness.Holds(t, "all are counted", func() bool { return total(t, registry, "makegood_events_delivered_total", "email") == 5 })
}

func TestAConnectionThatIsCutMakesWhatIsUnconfirmedUnknown(t *testing.T) {
	cfg, journal := corner(t)
	p := publisher(t, cfg)
	seen := received(t, subscriber(t, cfg))
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_warm")))
	const orders = 100
	var publishers sync.WaitGroup
	for i := range orders {
		made := story(t, fmt.Sprintf("ord_%d", i))
		publishers.Go(func() {
			for p.Publish(within(t, 5*time.Second), made) != nil && t.Context().Err() == nil {
				time.Sleep(time.Millisecond) // the saga's retry policy
			}
		})
		if i%20 == 10 {
			cut(t)
		}
	}
	publishers.Wait()
	harness.Holds(t, "every event arrives", func() bool { return len(seen()) == 5*(orders+1) })
	inOrder(t, seen())
	require.Equal(t, journal.count("the broker is down"), journal.count("the broker is back"))
}

func TestARoleStartsWhileTheBrokerIsDown(t *testing.T) {
	port, err := servers.FreePort(0)
	require.NoError(t, err)
	cfg, journal := corner(t)
	cfg.Outages = events.NewOutages(cfg.Log, nil)
	cfg.URL = fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/", port)
	began := time.Now()
	p, s := publisher(t, cfg), subscriber(t, cfg)
	seen := received(t, s)
	require.Less(t, time.Since(began), lane)
	require.ErrorIs(t, p.Publish(within(t, time.Minute), story(t, "ord_1")), events.ErrBrokerDown)
	require.Less(t, time.Since(began), 10*time.Second, "without a connection a publish fails at once")
	require.ErrorIs(t, p.Ready(), events.ErrBrokerDown)
	require.ErrorIs(t, s.Ready(), events.ErrBrokerDown)
	require.Empty(t, seen())
	harness.Holds(t, "it is logged", func() bool { return journal.count("the broker is down") == 1 })
}

func TestAKilledBrokerKeepsWhatItConfirmed(t *testing.T) {
	cfg, journal := corner(t)
	cfg.Outages = events.NewOutages(cfg.Log, nil)
	p, s := publisher(t, cfg), subscriber(t, cfg)
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_before")))
	require.NoError(t, broker.Kill())
	require.ErrorIs(t, p.Publish(within(t, 5*time.Second), story(t, "ord_after")), events.ErrBrokerDown)
	seen := received(t, s)
	require.NoError(t, broker.Restart(within(t, 2*time.Minute)))
	harness.Holds(t, "the publisher is back", func() bool {
		return p.Publish(within(t, time.Second), story(t, "ord_after")) == nil
	})
	harness.Holds(t, "every event arrives", func() bool { return len(seen()) == 10 })
	inOrder(t, seen())
	harness.Holds(t, "all is well", func() bool { return errors.Join(p.Ready(), s.Ready()) == nil })
	require.Equal(t, 1, journal.count("the broker is down"), "one line, however many connections")
	require.Equal(t, 1, journal.count("the broker is back"))
}

func TestAnAcknowledgementIsNotSentOnAnotherChannel(t *testing.T) {
	cfg, _ := corner(t)
	s := subscriber(t, cfg)
	p := publisher(t, cfg)
	var begun atomic.Int32
	reached, finish := make(chan struct{}), make(chan struct{})
	var handled sync.Map
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Consume(ctx, events.Subscription{
			Consumer:    events.Consumer{Name: "email", Retries: []time.Duration{20 * time.Millisecond}},
			Concurrency: 5,
			Handler: func(_ context.Context, e events.Event) error {
				if begun.Add(1) == 5 {
					close(reached)
				}
				<-finish
				if _, twice := handled.LoadOrStore(e.ID, true); twice {
					t.Errorf("event %d was handled twice", e.Sequence)
				}
				return nil
			},
		})
	}()
	require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_1")))
	<-reached
	vhost, err := url.Parse(cfg.URL)
	require.NoError(t, err)
	consumers := func() (string, error) {
		return broker.Eval(t.Context(), fmt.Sprintf("rabbit_amqqueue:consumers_all(<<%q>>).", strings.TrimPrefix(vhost.Path, "/")))
	}
	before, err := consumers()
	require.NoError(t, err)
	require.Contains(t, before, "channel_pid")
	cut(t)
	harness.Holds(t, "the consumer has another channel", func() bool {
		now, err := consumers()
		return err == nil && strings.Contains(now, "channel_pid") && now != before && s.Ready() == nil
	})
	// Tags 1 to 5 mean other deliveries on the new channel.
	harness.Holds(t, "the publisher has another connection", func() bool {
		return p.Publish(within(t, time.Second), story(t, "ord_2")) == nil
	})
	close(finish)
	harness.Holds(t, "all are handled once", func() bool { return begun.Load() == 10 })
	cancel()
	require.NoError(t, <-done)
	require.Zero(t, depth(t, channel(t, cfg), "makegood.email.dead"))
}

func inOrder(t *testing.T, seen []events.Event) {
	t.Helper()
	last := map[order.ID]int{}
	for _, e := range seen {
		require.Equal(t, last[e.Subject]+1, e.Sequence, "order %s", e.Subject)
		last[e.Subject] = e.Sequence
	}
}

func freeze(t *testing.T) {
	t.Helper()
	require.NoError(t, broker.Freeze())
	t.Cleanup(func() { _ = broker.Thaw() })
}

// alarm raises or ends the broker's memory alarm.
func alarm(t *testing.T, on bool) {
	t.Helper()
	share := "0.6"
	if on {
		share = "0.0000001"
	}
	_, err := broker.Eval(context.Background(), "vm_memory_monitor:set_vm_memory_high_watermark("+share+").")
	require.NoError(t, err)
}

// cut closes every connection to the broker, as an operator may.
func cut(t *testing.T) {
	t.Helper()
	_, err := broker.Eval(t.Context(), `rabbit_networking:close_all_connections("cut by the test").`)
	require.NoError(t, err)
}

func TestAProcessThatEndsInAnOutageDoesNotTellOfItsEnd(t *testing.T) {
	cfg, journal := corner(t)
	registry := prometheus.NewRegistry()
	cfg.Metrics = events.NewMetrics(registry)
	down := func() float64 { return total(t, registry, "makegood_events_broker_down", "") }
	cfg.URL = "amqp://guest:guest@127.0.0.1:1/" // nobody listens there
	p, err := rabbitmq.NewPublisher(cfg)
	require.NoError(t, err)
	harness.Holds(t, "it notices", func() bool { return journal.count("the broker is down") == 1 })
	require.EqualValues(t, 1, down())
	require.NoError(t, p.Close())
	require.Zero(t, journal.count("the broker is back"))
	require.Zero(t, down(), "no gauge stays up that nobody will put down")
}
