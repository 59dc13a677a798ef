package inbox_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/servers"
	"makegood/tests/harness"
)

var store *servers.RedisServer

func TestMain(m *testing.M) {
	if address := os.Getenv(struckVariable); address != "" {
		struck(address)
		return
	}
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

// onEach runs the check on real Redis and on the embedded one.
func onEach(t *testing.T, check func(t *testing.T, client *redis.Client)) {
	for name, address := range map[string]string{"redis": store.Address, "miniredis": miniredis.RunT(t).Addr()} {
		t.Run(name, func(t *testing.T) {
			client := redis.NewClient(&redis.Options{Addr: address, ContextTimeoutEnabled: true})
			defer func() { _ = client.Close() }()
			check(t, client)
		})
	}
}

func TestAnEventIsHandledOnce(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		box := inbox.New(client, inbox.Config{Namespace: rand.Text()})
		var effects atomic.Int32
		once := box.Once("email", func(context.Context, events.Event) error {
			effects.Add(1)
			return nil
		})
		var attempts sync.WaitGroup
		for range 20 {
			attempts.Go(func() {
				for {
					err := once(t.Context(), events.Event{ID: "e1"})
					if err == nil {
						return
					}
					if !errors.Is(err, events.ErrBusy) {
						t.Error(err)
						return
					}
				}
			})
		}
		attempts.Wait()
		require.EqualValues(t, 1, effects.Load())
		require.NoError(t, box.Once("audit", func(context.Context, events.Event) error {
			effects.Add(1)
			return nil
		})(t.Context(), events.Event{ID: "e1"}))
		require.EqualValues(t, 2, effects.Load(), "another consumer's event is another one")
	})
}

func TestAFailedAttemptLeavesTheNextOneFree(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		box := inbox.New(client, inbox.Config{Namespace: rand.Text()})
		broken := errors.New("no mail server")
		require.Equal(t, broken, box.Once("email", func(context.Context, events.Event) error { return broken })(t.Context(), events.Event{ID: "e1"}))
		require.NoError(t, box.Once("email", func(context.Context, events.Event) error { return nil })(t.Context(), events.Event{ID: "e1"}))
	})
}

func TestALostReplyToTheClaimLeavesTheEventWithItsAttempt(t *testing.T) {
	link := harness.NewLink(t, "redis", store.Address)
	client := redis.NewClient(&redis.Options{Addr: link.Address, ContextTimeoutEnabled: true})
	defer func() { _ = client.Close() }()
	box := inbox.New(client, inbox.Config{Namespace: rand.Text()})
	once := box.Once("email", func(context.Context, events.Event) error { return nil })
	require.NoError(t, once(t.Context(), events.Event{ID: "e1"})) // Redis knows the script
	link.SwallowReplyTo("e2", 1)
	require.NoError(t, once(t.Context(), events.Event{ID: "e2"}))
	require.Equal(t, 1, link.Swallowed())
}

func TestWithoutRedisNothingIsHandledAndNoAttemptIsCounted(t *testing.T) {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true, MaxRetries: -1})
	defer func() { _ = client.Close() }()
	server.Close()
	err := inbox.New(client, inbox.Config{}).Once("email", func(context.Context, events.Event) error {
		t.Error("handled without an inbox")
		return nil
	})(t.Context(), events.Event{ID: "e1"})
	require.ErrorIs(t, err, events.ErrBusy)
}
