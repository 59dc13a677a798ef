package inbox_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/inbox"
)

const (
	lease    = time.Second
	patience = time.Minute
)

var e1 = events.Event{ID: "e1"}

// attempts returns a handler that counts, on a box of its own.
func attempts(client *redis.Client, namespace string, seen func()) events.Handler {
	return inbox.New(client, inbox.Config{Namespace: namespace, Lease: lease}).Once("email",
		func(context.Context, events.Event) error { seen(); return nil })
}

func TestASlowHandlerKeepsItsEvent(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		namespace := rand.Text()
		other := attempts(client, namespace, func() { t.Error("handled twice at once") })
		box := inbox.New(client, inbox.Config{Namespace: namespace, Lease: lease})
		// Its own time ends early, and it goes on.
		ctx, cancel := context.WithTimeout(t.Context(), lease/2)
		defer cancel()
		err := box.Once("email", func(ctx context.Context, _ events.Event) error {
			for until := time.Now().Add(3 * lease); time.Now().Before(until); time.Sleep(lease / 50) {
				require.ErrorIs(t, other(t.Context(), e1), events.ErrBusy)
			}
			require.ErrorIs(t, context.Cause(ctx), context.DeadlineExceeded)
			return nil
		})(ctx, e1)
		require.NoError(t, err)
		require.NoError(t, other(t.Context(), e1))
	})
}

func TestAHandlersContextEndsBeforeAnotherMayBegin(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		namespace := rand.Text()
		cut := redis.NewClient(client.Options())
		box := inbox.New(cut, inbox.Config{Namespace: namespace, Lease: lease})
		begun := make(chan context.Context, 1)
		var first sync.WaitGroup
		first.Go(func() {
			err := box.Once("email", func(ctx context.Context, _ events.Event) error {
				begun <- ctx
				<-ctx.Done()
				return ctx.Err()
			})(t.Context(), e1)
			if !errors.Is(err, events.ErrBusy) {
				t.Errorf("a lost lease counts as a failed attempt: %v", err)
			}
		})
		running := <-begun
		require.NoError(t, cut.Close()) // Redis is away, for this attempt alone
		second := attempts(client, namespace, func() {
			if running.Err() == nil {
				t.Error("handled while the first attempt's context was good")
			}
		})
		require.ErrorIs(t, second(t.Context(), e1), events.ErrBusy)
		require.Eventually(t, func() bool { return second(t.Context(), e1) == nil }, patience, time.Millisecond)
		first.Wait()
	})
}

func TestAHandlersContextEndsWhileRedisIsFrozen(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: store.Address}) // it would wait beyond a deadline
	defer func() { _ = client.Close() }()
	box := inbox.New(client, inbox.Config{Namespace: rand.Text(), Lease: lease})
	began := time.Now()
	err := box.Once("email", func(ctx context.Context, _ events.Event) error {
		require.NoError(t, store.Freeze())
		<-ctx.Done()
		require.Less(t, time.Since(began), lease)
		require.NoError(t, store.Thaw())
		return ctx.Err()
	})(t.Context(), e1)
	require.ErrorIs(t, err, events.ErrBusy)
}

func TestALeaseThatIsGoneEndsItsHandler(t *testing.T) {
	broken, refused := errors.New("too late"), events.Permanent(errors.New("no such address"))
	for name, row := range map[string]struct {
		says, want error
		marked     bool
	}{
		"an effect that came is marked nevertheless": {nil, nil, true},
		"an error counts as no attempt":              {broken, events.ErrBusy, false},
		"a permanent error is one":                   {refused, refused, false},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, client *redis.Client) {
				namespace := rand.Text()
				box := inbox.New(client, inbox.Config{Namespace: namespace, Lease: lease})
				err := box.Once("email", func(ctx context.Context, _ events.Event) error {
					require.NoError(t, client.Del(ctx, "inbox:"+namespace+":email:e1").Err()) // a failover lost it
					<-ctx.Done()
					return row.says
				})(t.Context(), e1)
				require.ErrorIs(t, err, row.want)
				effects := 0
				require.NoError(t, attempts(client, namespace, func() { effects++ })(t.Context(), e1))
				require.Equal(t, row.marked, effects == 0)
			})
		})
	}
}

func TestALateReleaseDoesNotForgetWhatAnotherDid(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		namespace := rand.Text()
		var effects atomic.Int32
		other := attempts(client, namespace, func() { effects.Add(1) })
		box := inbox.New(client, inbox.Config{Namespace: namespace, Lease: lease})
		require.Error(t, box.Once("email", func(ctx context.Context, _ events.Event) error {
			require.NoError(t, client.Del(ctx, "inbox:"+namespace+":email:e1").Err())
			require.NoError(t, other(t.Context(), e1))
			return errors.New("too late")
		})(t.Context(), e1))
		require.NoError(t, other(t.Context(), e1))
		require.EqualValues(t, 1, effects.Load())
	})
}

func TestAPanicLeavesTheNextAttemptFree(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		namespace := rand.Text()
		box := inbox.New(client, inbox.Config{Namespace: namespace})
		require.PanicsWithValue(t, "nil map", func() {
			_ = box.Once("email", func(context.Context, events.Event) error { panic("nil map") })(t.Context(), e1)
		})
		effects := 0
		require.NoError(t, attempts(client, namespace, func() { effects++ })(t.Context(), e1))
		require.Equal(t, 1, effects)
	})
}
