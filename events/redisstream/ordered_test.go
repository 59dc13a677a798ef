package redisstream_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/redisstream"
	"makegood/tests/harness"
)

// The active process is cut off while it handles an event, comes back when
// another has taken its place, and must not go on.
func TestAHolderThatComesBackLateTouchesNothing(t *testing.T) {
	client, cfg := corner(t)
	link := harness.NewLink(t, "redis", store.Address)
	j := &journal{}
	cut := cfg
	cut.Log = j.logger()
	consumer := events.Consumer{Name: "email", Ordered: true, Retries: []time.Duration{10 * time.Millisecond}}
	var first, second seen
	begun, thaw := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(begun) })
	end := consume(t, subscriber(t, open(t, "redis://"+link.Address), cut), events.Subscription{
		Consumer: consumer, Timeout: time.Second,
		Handler: func(ctx context.Context, e events.Event) error {
			if e.Sequence == 2 {
				once()
				<-thaw
				return errors.New("too late")
			}
			return first.handle(ctx, e)
		},
	})
	publish(t, publisher(t, client, cfg), story(t, "ord_1"))
	<-begun
	link.Stall()
	consume(t, subscriber(t, client, cfg), events.Subscription{Consumer: consumer, Handler: second.handle})
	second.await(t, 4)
	link.Mend(t.Context())
	close(thaw)
	harness.Holds(t, "the first one is on hold", func() bool {
		n, err := client.HGet(t.Context(), stream(cfg)+":lease:email", "fence").Int()
		return err == nil && n == 2
	})
	publish(t, publisher(t, client, cfg), story(t, "ord_2"))
	second.await(t, 9)
	end()
	require.Equal(t, story(t, "ord_1")[:1], first.all())
	requireInOrder(t, append(first.all(), second.all()...))
	require.Zero(t, client.Exists(t.Context(), stream(cfg)+":head:email", dead(cfg)).Val(), "the late failure counted")
}

func TestAFenceRefusesWhateverALateHolderWrites(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		for name, result := range map[string]error{
			"handled": nil, "failed": errors.New("not now"), "dead": events.Permanent(errors.New("never")),
		} {
			cfg.Namespace = name
			hold, held := make(chan struct{}), make(chan struct{})
			end := consume(t, subscriber(t, client, cfg), events.Subscription{
				Consumer: events.Consumer{Name: "email", Ordered: true},
				Handler: func(context.Context, events.Event) error {
					close(held)
					<-hold
					return result
				},
			})
			publish(t, publisher(t, client, cfg), story(t, "ord_1"))
			<-held
			// Another has taken over, of whom the holder does not know yet.
			require.NoError(t, client.HSet(t.Context(), stream(cfg)+":lease:email",
				"member", "another", "fence", 99, "ends", time.Now().Add(time.Hour).UnixMilli()).Err())
			close(hold)
			end() // it has tried to settle by then
			entries, err := client.XRangeN(t.Context(), stream(cfg), "-", "+", 1).Result()
			require.NoError(t, err)
			require.Equal(t, entries[0].ID, pendingOf(t, client, cfg), name)
			require.Zero(t, client.Exists(t.Context(), stream(cfg)+":head:email", dead(cfg)).Val(), name)
			require.NoError(t, client.Del(t.Context(), stream(cfg)).Err())
		}
	})
}

func TestAnOrderedConsumerRemembersAcrossProcesses(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		consumer := events.Consumer{Name: "email", Ordered: true, Retries: []time.Duration{time.Millisecond, time.Hour}}
		publish(t, publisher(t, client, cfg), story(t, "ord_1"))
		var tried, after seen
		end := consume(t, subscriber(t, client, cfg), events.Subscription{
			Consumer: consumer,
			Handler: func(ctx context.Context, e events.Event) error {
				_ = tried.handle(ctx, e)
				return errors.New("not now")
			},
		})
		harness.Holds(t, "it has failed twice and waits for an hour", func() bool {
			due, err := client.HGet(t.Context(), stream(cfg)+":head:email", "due").Int64()
			return err == nil && time.UnixMilli(due).After(time.Now().Add(30*time.Minute))
		})
		end() // at once, though it waits

		// The hour passes.
		require.NoError(t, client.HSet(t.Context(), stream(cfg)+":head:email", "due", 1).Err())
		consume(t, subscriber(t, client, cfg), events.Subscription{
			Consumer: consumer,
			Handler: func(ctx context.Context, e events.Event) error {
				_ = after.handle(ctx, e)
				if e.Sequence == 1 {
					return errors.New("never")
				}
				return nil
			},
		})
		got := after.await(t, 5)
		require.Equal(t, story(t, "ord_1"), got)
		letters, err := client.XRange(t.Context(), dead(cfg), "-", "+").Result()
		require.NoError(t, err)
		require.Len(t, letters, 1)
		require.Equal(t, "3", letters[0].Values["makegood-attempts"])
		require.Equal(t, "not now", letters[0].Values["makegood-first-error"])
	})
}

// The client repeats a call whose reply was lost, and by then Redis has handed
// its entries out.
func TestALostReplyHandsItsEntriesOutAgain(t *testing.T) {
	client, cfg := corner(t)
	text, err := os.ReadFile("next.lua")
	require.NoError(t, err)
	script := redis.NewScript(string(text))
	require.NoError(t, script.Load(t.Context(), client).Err())
	consumer := events.Consumer{Name: "email", Ordered: true}
	cfg.Consumers = []events.Consumer{consumer}
	publish(t, publisher(t, client, cfg), story(t, "ord_1"))

	link := harness.NewLink(t, "redis", store.Address)
	link.SwallowReplyTo(script.Hash(), 1)
	var all seen
	consume(t, subscriber(t, open(t, "redis://"+link.Address), cfg), events.Subscription{Consumer: consumer, Handler: all.handle})
	require.Equal(t, story(t, "ord_1"), all.await(t, 5))
	require.Equal(t, 1, link.Swallowed())
}
