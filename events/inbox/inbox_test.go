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
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/inbox"
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

func TestALeaseEndsByItselfAndItsHandlerBefore(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		box := inbox.New(client, inbox.Config{Namespace: rand.Text(), Lease: 300 * time.Millisecond})
		begun, frozen := make(chan struct{}), make(chan struct{})
		held := make(chan time.Time, 1)
		var first sync.WaitGroup
		first.Go(func() { // a process that stops between its effect and the mark
			_ = box.Once("email", func(ctx context.Context, _ events.Event) error {
				close(begun)
				<-ctx.Done()
				held <- time.Now()
				<-frozen
				return ctx.Err()
			})(t.Context(), events.Event{ID: "e1"})
		})
		second := box.Once("email", func(context.Context, events.Event) error { return nil })
		<-begun
		require.ErrorIs(t, second(t.Context(), events.Event{ID: "e1"}), events.ErrBusy)
		require.Eventually(t, func() bool {
			return second(t.Context(), events.Event{ID: "e1"}) == nil
		}, time.Minute, 5*time.Millisecond, "the lease never ends")
		select {
		case <-held:
		default:
			t.Error("the handler's context outlived its lease")
		}
		close(frozen)
		first.Wait()
		require.NoError(t, second(t.Context(), events.Event{ID: "e1"}))
	})
}

func TestALateReleaseDoesNotForgetWhatAnotherDid(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		box := inbox.New(client, inbox.Config{Namespace: rand.Text(), Lease: 50 * time.Millisecond})
		effects := 0
		other := box.Once("email", func(context.Context, events.Event) error { effects++; return nil })
		err := box.Once("email", func(context.Context, events.Event) error {
			require.Eventually(t, func() bool { return other(t.Context(), events.Event{ID: "e1"}) == nil }, time.Minute, 5*time.Millisecond)
			return errors.New("too late")
		})(t.Context(), events.Event{ID: "e1"})
		require.Error(t, err)
		require.NoError(t, other(t.Context(), events.Event{ID: "e1"}))
		require.Equal(t, 1, effects)
	})
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
