package redisstream_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/events/redisstream"
	"makegood/tests/harness"
)

func TestWhoeverComesFirstMakesEveryKnownGroup(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		cfg.Consumers = []events.Consumer{{Name: "email"}, {Name: "never-ran"}}
		p := publisher(t, client, cfg)
		require.NoError(t, p.Ready())
		groups, err := client.XInfoGroups(t.Context(), stream(cfg)).Result()
		require.NoError(t, err)
		require.Len(t, groups, 2)
		publish(t, p, story(t, "ord_1"))

		// As a new queue does, a consumer that nobody knew begins with what comes.
		var known, unknown seen
		s := subscriber(t, client, cfg)
		consume(t, s, events.Subscription{Consumer: events.Consumer{Name: "new"}, Handler: unknown.handle})
		consume(t, s, events.Subscription{Consumer: cfg.Consumers[1], Handler: known.handle})
		known.await(t, 5)
		harness.Holds(t, "the groups are there", func() bool { return s.Ready() == nil })
		publish(t, p, story(t, "ord_2"))
		for _, e := range unknown.await(t, 5) {
			require.EqualValues(t, "ord_2", e.Subject)
		}
	})
}

func TestAnEventThatKillsItsConsumerEachTimeEndsInTheDeadLetters(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		for _, ordered := range []bool{false, true} {
			cfg.Namespace += "x"
			publish(t, publisher(t, client, cfg), story(t, "ord_1"))
			ctx := t.Context()
			require.NoError(t, client.XGroupCreate(ctx, stream(cfg), "email", "0").Err())
			doomed, err := client.XReadGroup(ctx, &redis.XReadGroupArgs{
				Group: "email", Consumer: "doomed", Streams: []string{stream(cfg), ">"}, Count: 2,
			}).Result()
			require.NoError(t, err)
			// Both have been idle for an hour; one was delivered 1000 times, one 999 times.
			for i, deliveries := range []int{1000, 999} {
				require.NoError(t, client.Do(ctx, "XCLAIM", stream(cfg), "email", "doomed", 0, doomed[0].Messages[i].ID,
					"IDLE", 3_600_000, "RETRYCOUNT", deliveries).Err())
			}
			var got seen
			consume(t, subscriber(t, client, cfg), events.Subscription{Consumer: events.Consumer{Name: "email", Ordered: ordered}, Handler: got.handle})
			require.ElementsMatch(t, story(t, "ord_1")[1:], got.await(t, 4))
			letters, err := client.XRange(ctx, dead(cfg), "-", "+").Result()
			require.NoError(t, err)
			require.Len(t, letters, 1)
			require.Equal(t, string(story(t, "ord_1")[0].Body), letters[0].Values["event"])
			f := events.FailuresOf(func(key string) string { text, _ := letters[0].Values[key].(string); return text })
			require.Equal(t, "delivery_limit", f.DeadReason)
			require.Contains(t, f.Last, "1000 times")
			require.Zero(t, f.Attempts)
		}
	})
}

func TestWhatWasReadAndNotBegunGoesBackAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		p := publisher(t, client, cfg)
		const rounds = 5 // the end may come just between two reads
		for i := range rounds {
			var first, second seen
			consumer := events.Subscription{Consumer: events.Consumer{Name: "email"}, Timeout: time.Hour, Handler: first.handle}
			s := subscriber(t, client, cfg)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Consume(ctx, consumer) }()
			harness.Holds(t, "the consumer runs", func() bool { return s.Ready() == nil })
			cancel() // while it waits for an event
			made := story(t, "ord_"+string(rune('a'+i)))
			publish(t, p, made)
			require.NoError(t, <-done)
			if pending, err := client.XPendingExt(t.Context(), &redis.XPendingExtArgs{
				Stream: stream(cfg), Group: "email", Start: "-", End: "+", Count: 10,
			}).Result(); err == nil {
				for _, entry := range pending {
					require.Equal(t, "returned", entry.Consumer)
				}
			}
			consumer.Handler, consumer.Concurrency = second.handle, 1
			end := consume(t, subscriber(t, client, cfg), consumer)
			harness.Holds(t, "the next one has them, though nothing has been idle for an hour", func() bool {
				return len(first.all())+len(second.all()) == 5
			})
			requireInOrder(t, append(first.all(), second.all()...))
			end()
		}
	})
}

// A slow process and the one that took its event over both fail: that is one
// retry.
func TestAnEventIsAmongTheRetriesOnce(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		publish(t, publisher(t, client, cfg), story(t, "ord_1")[:1])
		consume(t, subscriber(t, client, cfg), events.Subscription{
			Consumer: events.Consumer{Name: "email", Retries: []time.Duration{time.Hour}},
			Handler: func(ctx context.Context, _ events.Event) error {
				// Another member fails with it meanwhile.
				require.NoError(t, client.XAck(ctx, stream(cfg), "email", pendingOf(t, client, cfg)).Err())
				return context.DeadlineExceeded
			},
		})
		harness.Holds(t, "it is settled", func() bool {
			members, err := client.XInfoConsumers(t.Context(), stream(cfg), "email").Result()
			return err == nil && len(members) == 1 && members[0].Pending == 0
		})
		n, err := client.ZCard(t.Context(), stream(cfg)+":retries:email").Result()
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

func pendingOf(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) string {
	pending, err := client.XPending(t.Context(), stream(cfg), "email").Result()
	require.NoError(t, err)
	return pending.Lower
}

func TestARetryThatFailsAgainLeavesNothingInItsStream(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		publish(t, publisher(t, client, cfg), story(t, "ord_1")[:1])
		consume(t, subscriber(t, client, cfg), events.Subscription{
			Consumer: events.Consumer{Name: "email", Retries: []time.Duration{time.Millisecond, time.Millisecond}},
			Handler:  func(context.Context, events.Event) error { return context.DeadlineExceeded },
		})
		harness.Holds(t, "it is dead", func() bool { return client.XLen(t.Context(), dead(cfg)).Val() == 1 })
		require.Zero(t, client.XLen(t.Context(), again(cfg)).Val())
	})
}

func TestATailShowsWhatThereIsAndFollows(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		p := publisher(t, client, cfg)
		publish(t, p, story(t, "ord_old"))
		positions := make(chan string, 100)
		tail := func(from events.From) *seen {
			tailer, err := redisstream.NewTailer(client, cfg)
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(context.Background())
			all, done := &seen{}, make(chan error, 1)
			go func() {
				done <- tailer.Tail(ctx, from, func(e events.Entry) error { positions <- e.Position; return all.handle(ctx, e.Event) })
			}()
			t.Cleanup(func() {
				cancel()
				require.NoError(t, <-done)
			})
			return all
		}
		everything := tail(events.From{Since: events.Beginning})
		require.Equal(t, story(t, "ord_old"), everything.await(t, 5))
		lately, third := time.Now(), ""
		for range 3 {
			third = <-positions
		}
		require.Equal(t, story(t, "ord_old")[3:], tail(events.From{After: third}).await(t, 2))
		begun := make(chan struct{})
		next := tail(events.From{Begun: func() { close(begun) }})
		<-begun
		fresh := storyAt(t, "ord_new", lately)
		publish(t, p, story(t, "ord_late")) // published since, and happened before
		publish(t, p, fresh)
		require.Equal(t, fresh, tail(events.From{Since: lately}).await(t, 5))
		require.Equal(t, fresh, everything.await(t, 15)[10:])
		require.Equal(t, fresh, next.await(t, 10)[5:], "from now on")
		ahead := storyAt(t, "ord_ahead", time.Now().Add(30*time.Second)) // by a provider's clock
		publish(t, p, ahead)
		require.Equal(t, ahead, tail(events.From{Since: ahead[0].Time}).await(t, 5))
		groups, err := client.XInfoGroups(t.Context(), stream(cfg)).Result()
		require.NoError(t, err)
		require.Empty(t, groups, "a reader of the tail holds up no trimming")
		stop := context.Canceled
		tailer, err := redisstream.NewTailer(client, cfg)
		require.NoError(t, err)
		require.Equal(t, stop, tailer.Tail(t.Context(), events.From{Since: events.Beginning}, func(events.Entry) error { return stop }))
		require.ErrorIs(t, tailer.Tail(t.Context(), events.From{After: "17"}, nil), events.ErrPosition)
	})
}

// A handler that takes longer than the inbox's lease, such as one whose server
// does not answer, has its event claimed while it runs.
func TestASlowFailureCountsAsAnAttempt(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) {
		const lease = 500 * time.Millisecond
		s, err := redisstream.NewSubscriber(client, cfg, inbox.New(client, inbox.Config{Namespace: cfg.Namespace, Lease: lease}))
		require.NoError(t, err)
		publish(t, publisher(t, client, cfg), story(t, "ord_1")[:1])
		var attempts atomic.Int32
		consume(t, s, events.Subscription{
			Consumer: events.Consumer{Name: "email", Retries: []time.Duration{10 * time.Millisecond}},
			Handler: func(ctx context.Context, _ events.Event) error {
				attempts.Add(1)
				time.Sleep(3 * lease)
				return errors.New("the server does not answer")
			},
		})
		harness.Holds(t, "it is dead", func() bool { return client.XLen(t.Context(), dead(cfg)).Val() == 1 })
		require.EqualValues(t, 2, attempts.Load())
	})
}
