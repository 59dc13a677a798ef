package deadletters_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/inventory"
	"makegood/order"
	"makegood/servers"
)

var (
	store   *servers.RedisServer
	cluster *servers.RedisCluster
)

func TestMain(m *testing.M) {
	before := goleak.IgnoreCurrent()
	var err error
	if store, err = servers.Redis(context.Background(), servers.Options{}); err == nil {
		cluster, err = servers.NewRedisCluster(context.Background(), servers.Options{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = errors.Join(store.Stop(), cluster.Stop())
	if err := goleak.Find(before); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// onEach runs the check on real Redis, on a cluster and on the embedded one,
// each in a namespace of its own.
func onEach(t *testing.T, check func(t *testing.T, open func(deadletters.Config) *deadletters.Index)) {
	for name, url := range map[string]string{"redis": store.URL, "cluster": cluster.URL, "miniredis": "redis://" + miniredis.RunT(t).Addr()} {
		t.Run(name, func(t *testing.T) {
			client, err := inventory.Open(url)
			require.NoError(t, err)
			defer func() { _ = client.Close() }()
			namespace := rand.Text()
			check(t, func(cfg deadletters.Config) *deadletters.Index {
				cfg.Namespace = namespace
				return deadletters.New(client, cfg)
			})
		})
	}
}

// reader is a test, or one of rapid's.
type reader interface {
	require.TestingT
	Helper()
	Context() context.Context
}

// died is the death of the first event of an order, some seconds after nine.
func died(t reader, consumer string, id order.ID, reason string, seconds int) events.DeadLetter {
	t.Helper()
	nine := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	made, err := events.Of(order.Order{ID: id, PlacedAt: nine}, []order.Entry{{Sequence: 1, Type: order.EventPlaced, At: nine}})
	require.NoError(t, err)
	return events.DeadLetter{Consumer: consumer, Body: made[0].Body, Failures: events.Failures{
		Attempts: 5, First: "no route to host", Last: "550 no such mailbox", DeadReason: reason,
		FirstAt: nine, LastAt: nine.Add(time.Duration(seconds) * time.Second),
	}}
}

// all reads every page of the list.
func all(t reader, x *deadletters.Index, f deadletters.Filter, limit int) []deadletters.Letter {
	t.Helper()
	var letters []deadletters.Letter
	for cursor := ""; ; {
		page, err := x.List(t.Context(), f, cursor, limit)
		require.NoError(t, err)
		letters = append(letters, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			return letters
		}
	}
}

func ids(letters []deadletters.Letter) []string {
	var ids []string
	for _, l := range letters {
		ids = append(ids, l.ID)
	}
	return ids
}

// indexOn is an index of its own on real Redis.
func indexOn(t testing.TB, cfg deadletters.Config) *deadletters.Index {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: store.Address, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	cfg.Namespace = rand.Text()
	return deadletters.New(client, cfg)
}
