package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	temporal "go.temporal.io/sdk/client"

	"makegood/api"
	"makegood/events/deadletters"
	"makegood/inventory"
)

// shelf is the real gateway over a stock of its own, behind what a test puts
// before it. No Temporal answers it.
type shelf struct {
	testing.TB
	stock *inventory.Stock
	url   string
}

// openShelf puts the stock on a server that redisAddr names.
func openShelf(t testing.TB, redisAddr string, before func(http.Handler) http.Handler) *shelf {
	t.Helper()
	pool := redis.NewClient(&redis.Options{Addr: redisAddr})
	t.Cleanup(func() { _ = pool.Close() })
	nowhere, err := temporal.NewLazyClient(temporal.Options{HostPort: "127.0.0.1:1", Logger: silentLog{}})
	require.NoError(t, err)
	t.Cleanup(nowhere.Close)
	s := &shelf{TB: t, stock: inventory.New(pool, inventory.Config{Namespace: "test"})}
	gateway, err := api.New(nowhere, s.stock, deadletters.New(pool, deadletters.Config{Namespace: "test"}), api.Config{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	var handler http.Handler = gateway
	if before != nil {
		handler = before(gateway)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func newShelf(t testing.TB, before func(http.Handler) http.Handler) *shelf {
	t.Helper()
	return openShelf(t, miniredis.RunT(t).Addr(), before)
}

// said is what a command printed, and how it ended.
type said struct {
	out, log string
	err      error
}

// run runs `makegood stock` with the arguments.
func (s *shelf) run(ctx context.Context, args ...string) said {
	s.Helper()
	var cli operator
	out, log := new(bytes.Buffer), new(bytes.Buffer)
	parser, err := kong.New(&cli, kong.Name("makegood"), kong.Writers(out, log),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Exit(func(int) {}))
	require.NoError(s, err)
	command, err := parser.Parse(append([]string{"stock", "--api-url", s.url}, args...))
	if err == nil {
		err = command.Run()
	}
	return said{out.String(), log.String(), err}
}

func (s *shelf) onHand(sku string) int64 {
	s.Helper()
	level, err := s.stock.Level(context.Background(), sku)
	require.NoError(s, err)
	return level.OnHand
}
