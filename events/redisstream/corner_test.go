package redisstream_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/inbox"
	"makegood/events/redisstream"
	"makegood/inventory"
	"makegood/order"
	"makegood/servers"
	"makegood/tests/harness"
)

var store *servers.RedisServer

// sharedCluster starts with the first test that asks for it.
var sharedCluster = sync.OnceValues(func() (*servers.RedisCluster, error) {
	return servers.NewRedisCluster(context.Background(), servers.Options{})
})

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	redis.SetLogger(&logging.VoidLogger{}) // what it says, every failed call returns
	before := goleak.IgnoreCurrent()
	var err error
	if store, err = servers.Redis(context.Background(), servers.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code = m.Run()
	err = store.Stop()
	if clusterAsked {
		if cluster, failure := sharedCluster(); failure == nil {
			err = errors.Join(err, cluster.Stop())
		}
	}
	// The client dials on for up to a second after it was closed.
	dials := goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial")
	if err = errors.Join(err, goleak.Find(before, dials)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

var clusterAsked bool // no test here runs in parallel

// onEach runs the check on real Redis, on the embedded one and on a cluster.
func onEach(t *testing.T, check func(t *testing.T, client redis.UniversalClient, cfg redisstream.Config)) {
	for name, url := range map[string]func() string{
		"redis":     func() string { return store.URL },
		"miniredis": func() string { return "redis://" + miniredis.RunT(t).Addr() },
		"cluster": func() string {
			clusterAsked = true
			cluster, err := sharedCluster()
			require.NoError(t, err)
			return cluster.URL
		},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, open(t, url()), redisstream.Config{Namespace: rand.Text()})
		})
	}
}

// open makes a client as makegood does.
func open(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	client, err := inventory.Open(url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func corner(t *testing.T) (redis.UniversalClient, redisstream.Config) {
	t.Helper()
	return open(t, store.URL), redisstream.Config{Namespace: rand.Text()}
}

func publisher(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) *redisstream.Publisher {
	t.Helper()
	p, err := redisstream.NewPublisher(client, cfg)
	require.NoError(t, err)
	return p
}

func subscriber(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) *redisstream.Subscriber {
	t.Helper()
	s, err := redisstream.NewSubscriber(client, cfg, inbox.New(client, inbox.Config{Namespace: cfg.Namespace, Lease: 2 * time.Second}))
	require.NoError(t, err)
	return s
}

// consume consumes in the background until the test, or the returned func,
// ends it; the func returns once all is drained.
func consume(t *testing.T, s *redisstream.Subscriber, sub events.Subscription) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Consume(ctx, sub) }()
	end = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(end)
	return end
}

// received consumes as "email", in order, and tells the events so far.
func received(t *testing.T, client redis.UniversalClient, cfg redisstream.Config) (*redisstream.Subscriber, *seen) {
	t.Helper()
	s, all := subscriber(t, client, cfg), &seen{}
	consume(t, s, events.Subscription{Consumer: events.Consumer{Name: "email", Ordered: true}, Handler: all.handle})
	return s, all
}

// seen is what handlers got, in that order.
type seen struct {
	mu   sync.Mutex
	list []events.Event
}

func (s *seen) handle(_ context.Context, e events.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, e)
	return nil
}

func (s *seen) all() []events.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]events.Event(nil), s.list...)
}

func (s *seen) await(t *testing.T, n int) []events.Event {
	t.Helper()
	harness.Holds(t, fmt.Sprintf("%d events are handled", n), func() bool { return len(s.all()) >= n })
	return s.all()
}

// requireInOrder checks that each order's events came once and in sequence.
func requireInOrder(t *testing.T, list []events.Event) {
	t.Helper()
	last := map[order.ID]int{}
	for _, e := range list {
		require.Equal(t, last[e.Subject]+1, e.Sequence, "order %s", e.Subject)
		last[e.Subject] = e.Sequence
	}
}

func publish(t *testing.T, p events.Publisher, list []events.Event) {
	t.Helper()
	harness.Holds(t, "the events are published", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return p.Publish(ctx, list) == nil
	})
}

func story(t *testing.T, id string) []events.Event {
	t.Helper()
	return storyAt(t, id, time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC))
}

func storyAt(t *testing.T, id string, at time.Time) []events.Event {
	t.Helper()
	o := order.Order{ID: order.ID(id), PlacedAt: at, Request: order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR",
		Lines: []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
	}}
	made, err := events.Of(o, order.Tell(o, []order.Outcome{
		{Step: order.Charge, At: at, Reference: "pi_1", Amount: 2500}, {Step: order.Reserve, At: at},
		{Step: order.Ship, At: at, Reference: "par_1"}, {Step: order.Commit, At: at},
	}).Timeline)
	require.NoError(t, err)
	return made
}

// journal is a log that a test can read.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), text)
}

// Keys, as the documentation of the transport names them.
func stream(cfg redisstream.Config) string { return "{events:" + cfg.Namespace + "}" }
func again(cfg redisstream.Config) string  { return stream(cfg) + ":again:email" }
func dead(cfg redisstream.Config) string   { return stream(cfg) + ":dead:email" }
