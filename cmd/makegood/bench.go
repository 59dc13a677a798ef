package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9"

	"makegood/bench"
	"makegood/servers"
)

// BenchCmd measures makegood beside what it stands on.
type BenchCmd struct {
	Orders   BenchOrdersCmd   `cmd:"" default:"withargs" help:"Measure whole orders beside the least that a workflow costs and beside the usual saga, in one run."`
	Growth   BenchGrowthCmd   `cmd:"" help:"Place many orders and tell what their number costs."`
	Overload BenchOverloadCmd `cmd:"" help:"Send many more orders than the system completes."`
	Scale    BenchScaleCmd    `cmd:"" help:"Measure orders with the roles in one process, and apart with several workers."`
	Stock    BenchStockCmd    `cmd:"" help:"Measure reserve, commit and release beside PING and DECR, on one Redis in one run."`
	Events   BenchEventsCmd   `cmd:"" help:"Measure publisher, consumer and inbox beside the transport's plain client, in one run."`
}

// BenchStockCmd is `makegood bench stock`.
type BenchStockCmd struct {
	RedisURL    redisURL         `env:"REDIS_URL" help:"The Redis to measure. Without one, a redis-server of its own."`
	Connections benchConnections `default:"64" help:"Connections to Redis, with one call in flight on each."`
	Time        benchTime        `default:"3s" help:"For how long each row is measured; the whole run takes about ten times that."`
	JSON        bool             `name:"json" help:"Print JSON for scripts."`
}

// Help is the long help.
func (*BenchStockCmd) Help() string {
	return `Loads the Redis as much as it can: don't run it against one that a shop uses. It works in a pool of stock of its own and removes its keys at the end, also after Ctrl-C. What it is doing goes to standard error.

docs/benchmarks.md says what each row means.

Examples:

  makegood bench stock
  makegood bench stock --redis-url redis://10.0.0.7:6379/0 --connections 128 --time 30s
  makegood bench stock --json > stock.json`
}

// Run measures and reports.
func (c *BenchStockCmd) Run(ctx context.Context, k *kong.Kong) (err error) {
	url := string(c.RedisURL)
	if url == "" {
		server, startErr := privateRedis(ctx, k.Stderr)
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		url = server.URL
	} else {
		fmt.Fprintln(k.Stderr, "Measuring the Redis of REDIS_URL, with all the load that this machine can make: whoever else uses it has to wait.")
	}
	fmt.Fprintf(k.Stderr, "This takes about %s.\n", 10*time.Duration(c.Time))
	report, err := bench.Stock(ctx, url, bench.StockConfig{
		Connections: int(c.Connections), Time: time.Duration(c.Time), Progress: k.Stderr,
	})
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return fmt.Errorf("stopped before the end: %w", err)
	}
	if err != nil {
		return err
	}
	return writeBenchReport(k, c.JSON, report)
}

// privateRedis is never miniredis: its speed says nothing of Redis'. It does not
// rewrite its file meanwhile: that would slow one row down and not another.
func privateRedis(ctx context.Context, progress io.Writer) (*servers.RedisServer, error) {
	if !servers.HasRedis() {
		return nil, errors.New("there is nothing to measure: give --redis-url, or install redis-server (Debian: apt-get install redis-server)")
	}
	fmt.Fprintln(progress, "Starting a redis-server of its own, since REDIS_URL names none.")
	server, err := servers.Redis(ctx, servers.Options{})
	if err != nil {
		return nil, err
	}
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer func() { _ = client.Close() }()
	if err := client.ConfigSet(ctx, "auto-aof-rewrite-percentage", "0").Err(); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

type (
	benchConnections int
	benchTime        time.Duration
)

func (c *benchConnections) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 || n > 10_000 {
		return fmt.Errorf("%q is no number of connections from 1 to 10000", text)
	}
	*c = benchConnections(n)
	return nil
}

func (t *benchTime) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < 100*time.Millisecond || parsed > time.Hour {
		return fmt.Errorf("%q is no duration from 100ms to 1h; write one such as 3s", text)
	}
	*t = benchTime(parsed)
	return nil
}
