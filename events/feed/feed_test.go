package feed_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/feed"
	"makegood/events/redisstream"
	"makegood/order"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fair is a feed over a stream of its own, and what publishes to it.
type fair struct {
	testing.TB
	*feed.Feed
	publisher events.Publisher
	server    *miniredis.Miniredis
}

func open(t *testing.T) *fair {
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true, MaxRetries: -1})
	cfg := redisstream.Config{Namespace: "test", Log: slog.New(slog.DiscardHandler)}
	publisher, err := redisstream.NewPublisher(client, cfg)
	require.NoError(t, err)
	tailer, err := redisstream.NewTailer(client, cfg)
	require.NoError(t, err)
	f := &fair{TB: t, Feed: feed.New(tailer, slog.New(slog.DiscardHandler)), publisher: publisher, server: server}
	t.Cleanup(func() {
		f.Close()
		require.NoError(t, publisher.Close())
		require.NoError(t, client.Close())
	})
	return f
}

// publish publishes n orders of one event each.
func (f *fair) publish(name string, n int) {
	f.Helper()
	for i := range n {
		o := order.Order{ID: order.ID(fmt.Sprintf("%s_%d", name, i)), PlacedAt: time.Unix(1, 0), Request: order.Request{CustomerID: name, Currency: "EUR"}}
		made, err := events.Of(o, order.Tell(o, nil).Timeline)
		require.NoError(f, err)
		require.NoError(f, f.publisher.Publish(f.Context(), made))
	}
}

func (f *fair) watch(after string) *feed.Watcher {
	f.Helper()
	w, err := f.Watch(f.Context(), after, func(events.Event) bool { return true })
	require.NoError(f, err)
	f.Cleanup(w.Leave)
	return w
}

// take returns the subjects of the next n entries, and the last position.
func (f *fair) take(w *feed.Watcher, n int) (subjects []string, last string) {
	f.Helper()
	for range n {
		select {
		case e, open := <-w.Entries():
			require.True(f, open, "ended: %v", w.Err())
			subjects, last = append(subjects, string(e.Subject)), e.Position
		case <-time.After(10 * time.Second):
			require.Fail(f, "no more came", "after %v", subjects)
		}
	}
	return subjects, last
}

func TestEachWatcherSeesWhatHappensFromNowOn(t *testing.T) {
	f := open(t)
	f.publish("before", 1)
	first := f.watch("")
	f.publish("a", 2)
	seen, _ := f.take(first, 2)
	require.Equal(t, []string{"a_0", "a_1"}, seen)
	second := f.watch("") // once the feed has read what was before it
	f.publish("b", 1)
	seen, _ = f.take(first, 1)
	require.Equal(t, []string{"b_0"}, seen)
	seen, _ = f.take(second, 1)
	require.Equal(t, []string{"b_0"}, seen)
}

func TestWhoComesAgainMissesNothing(t *testing.T) {
	f := open(t)
	w := f.watch("")
	f.publish("a", 2)
	_, at := f.take(w, 1)
	t.Run("while others watch", func(t *testing.T) {
		seen, _ := f.take(f.watch(at), 1)
		require.Equal(t, []string{"a_1"}, seen)
	})
	t.Run("after more than the feed holds", func(t *testing.T) {
		f.publish("b", 1000)
		f.take(w, 1001)
		again := f.watch(at)
		seen, _ := f.take(again, 1001)
		require.Equal(t, "a_1", seen[0])
		require.Equal(t, "b_999", seen[1000])
		f.publish("c", 3) // over the shared tail by now
		seen, _ = f.take(again, 3)
		require.Equal(t, []string{"c_0", "c_1", "c_2"}, seen)
	})
	t.Run("when everybody had left", func(t *testing.T) {
		w.Leave()
		f.publish("d", 2)
		again := f.watch(at)
		seen, _ := f.take(again, 1006)
		require.Equal(t, []string{"d_0", "d_1"}, seen[1004:])
	})
}

func TestWhoFallsBehindIsDroppedAndTheOthersAreNot(t *testing.T) {
	f := open(t)
	slow, quick, picky := f.watch(""), f.watch(""), (*feed.Watcher)(nil)
	picky, err := f.Watch(t.Context(), "", func(e events.Event) bool { return e.Subject == "b_0" })
	require.NoError(t, err)
	t.Cleanup(picky.Leave)
	go f.publish("a", 1100)
	_, at := f.take(quick, 1100)
	for range slow.Entries() { // closed
		continue
	}
	require.ErrorIs(t, slow.Err(), feed.ErrBehind)
	f.publish("b", 1)
	seen, _ := f.take(quick, 1)
	require.Equal(t, []string{"b_0"}, seen)
	seen, _ = f.take(picky, 1)
	require.Equal(t, []string{"b_0"}, seen, "one that wants little is not behind")
	seen, _ = f.take(f.watch(at), 1)
	require.Equal(t, []string{"b_0"}, seen)
}

func TestWhatCanNotBeWatched(t *testing.T) {
	f := open(t)
	want := func(events.Event) bool { return true }
	_, err := f.Watch(t.Context(), "no-position", want)
	require.ErrorIs(t, err, events.ErrPosition)
	f.server.Close()
	_, err = f.Watch(t.Context(), "", want)
	require.ErrorIs(t, err, events.ErrBrokerDown)
	ended, end := context.WithCancel(t.Context())
	end()
	_, err = f.Watch(ended, "", want)
	require.ErrorIs(t, err, context.Canceled)
}
