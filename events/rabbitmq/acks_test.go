package rabbitmq_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/tests/harness"
)

var answer = regexp.MustCompile(`^{ok,{{\d+,\d+},(\d+)},`)

// unacknowledged asks the queue itself: what the broker says elsewhere is seconds
// old.
func unacknowledged(t *testing.T, cfg rabbitmq.Config) string {
	t.Helper()
	vhost := cfg.URL[strings.LastIndex(cfg.URL, "/")+1:]
	text, err := broker.Eval(t.Context(), fmt.Sprintf(
		`ra:local_query({'%s_makegood.email', node()}, fun rabbit_fifo:query_messages_checked_out/1).`, vhost))
	require.NoError(t, err)
	found := answer.FindStringSubmatch(strings.Join(strings.Fields(text), ""))
	require.NotNil(t, found, text)
	return found[1]
}

func TestAnAcknowledgementPassesNoEventThatIsStillHandled(t *testing.T) {
	cfg, _ := corner(t)
	made := append(story(t, "ord_1"), story(t, "ord_2")...)
	held := make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	var handled, done sync.WaitGroup
	handled.Add(len(made) - 2)
	ctx, stop := context.WithCancel(t.Context())
	s := subscriber(t, cfg)
	done.Go(func() {
		_ = s.Consume(ctx, events.Subscription{
			Consumer: events.Consumer{Name: "email"},
			Handler: func(_ context.Context, e events.Event) error {
				if e.ID == made[0].ID || e.ID == made[4].ID { // others come before and after
					<-held
					return nil
				}
				handled.Done()
				return nil
			},
		})
	})
	t.Cleanup(func() { stop(); release(); done.Wait() })
	require.NoError(t, publisher(t, cfg).Publish(t.Context(), made))
	handled.Wait()
	harness.Holds(t, "the broker waits for two, and for no others", func() bool { return unacknowledged(t, cfg) == "2" })
	release()
	harness.Holds(t, "the broker waits for none", func() bool { return unacknowledged(t, cfg) == "0" })
}

func TestAConsumerThatEndsAcknowledgesWhatItHandled(t *testing.T) {
	cfg, _ := corner(t)
	made := story(t, "ord_1")
	require.NoError(t, publisher(t, cfg).Publish(t.Context(), made))
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	missing := len(made)
	require.NoError(t, subscriber(t, cfg).Consume(ctx, events.Subscription{
		Consumer: events.Consumer{Name: "email"},
		Handler: func(context.Context, events.Event) error {
			mu.Lock()
			defer mu.Unlock()
			if missing--; missing == 0 {
				stop()
			}
			return nil
		},
	}))
	queue, err := channel(t, cfg).QueueDeclarePassive("makegood.email", true, false, false, false, nil)
	require.NoError(t, err)
	require.Zero(t, queue.Messages)
	harness.Holds(t, "the broker waits for none", func() bool { return unacknowledged(t, cfg) == "0" })
	queue, err = channel(t, cfg).QueueDeclarePassive("makegood.email", true, false, false, false, nil)
	require.NoError(t, err)
	require.Zero(t, queue.Messages, "handled and given back")
}
