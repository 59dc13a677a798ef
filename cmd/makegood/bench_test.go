package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"makegood/bench"
	"makegood/servers"
)

// runBench runs the command line and returns what it prints and what it tells
// meanwhile.
func runBench(ctx context.Context, t *testing.T, args ...string) (out, told string, err error) {
	t.Helper()
	var cli struct {
		Bench BenchCmd `cmd:""`
	}
	stdout, stderr := new(bytes.Buffer), new(bytes.Buffer)
	parser, err := kong.New(&cli, kong.Name("makegood"), kong.Writers(stdout, stderr),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Exit(func(int) {}))
	require.NoError(t, err)
	command, err := parser.Parse(append([]string{"bench"}, args...))
	if err == nil {
		err = command.Run()
	}
	return stdout.String(), stderr.String(), err
}

// withoutRedisURL keeps the machine's own Redis out of the test.
func withoutRedisURL(t *testing.T) {
	t.Setenv("REDIS_URL", "") // so that it is set again after the test
	require.NoError(t, os.Unsetenv("REDIS_URL"))
}

func TestBenchArgumentsThatAreRefused(t *testing.T) {
	withoutRedisURL(t)
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no connections", []string{"stock", "--connections", "0"}, `--connections: "0" is no number of connections from 1 to 10000`},
		{"connections that are no number", []string{"stock", "--connections", "many"}, `--connections: "many" is no number`},
		{"more connections than a server takes", []string{"stock", "--connections", "10001"}, `--connections: "10001" is no number`},
		{"a time without a unit", []string{"stock", "--time", "3"}, `--time: "3" is no duration from 100ms to 1h; write one such as 3s`},
		{"a time too short to tell anything", []string{"stock", "--time", "99ms"}, `--time: "99ms" is no duration`},
		{"a time longer than a shift", []string{"stock", "--time", "61m"}, `--time: "61m" is no duration`},
		{"a server that is no Redis", []string{"stock", "--redis-url", "http://127.0.0.1:6379"}, `--redis-url: no redis:// or rediss:// or redis+cluster:// URL`},
		{"a server that isn't there", []string{"stock", "--redis-url", "redis://127.0.0.1:1"}, `REDIS_URL: reach Redis`},
		{"no events a second", []string{"events", "--rate", "0"}, `--rate: "0" is no number of events a second from 1 to 1000000`},
		{"another transport", []string{"events", "--event-transport", "kafka"}, `--event-transport: "kafka" is not one of rabbitmq, redis`},
		{"a broker that isn't there", []string{"events", "--redis-url", "redis://127.0.0.1:1", "--amqp-url", "amqp://127.0.0.1:1"}, `AMQP_URL: reach RabbitMQ`},
		{"no callers", []string{"--concurrency", "0"}, `--concurrency: "0" is no number of callers from 1 to 1000`},
		{"two Temporal servers", []string{"--servers", "--postgres"}, `--servers and --postgres: the first one names a Temporal server, the second one starts one; leave one of them out`},
		{"a page that can't be written", []string{"--html", "/nowhere/bench.html"}, `--html: open /nowhere/bench.html.unfinished: no such file or directory`},
		{"a number of orders that has no tenth", []string{"growth", "--orders", "101"}, `--orders: "101" is no number of orders from 100 to 10000000 in tens`},
		{"as many orders as are completed", []string{"overload", "--times", "1"}, `--times: "1" is no multiple from 2 to 100`},
		{"something else to measure", []string{"luck"}, `unexpected argument luck`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, _, err := runBench(t.Context(), t, test.args...)
			require.ErrorContains(t, err, test.want)
			require.Empty(t, out)
		})
	}
}

func TestBenchStockOnAServerOfItsOwn(t *testing.T) {
	if !servers.HasRedis() {
		t.Skip("redis-server is not on PATH: apt-get install redis-server")
	}
	withoutRedisURL(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)

	out, told, err := runBench(t.Context(), t, "stock", "--time", "100ms", "--connections", "32", "--json")

	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader([]byte(out)))
	decoder.DisallowUnknownFields()
	var report bench.StockReport
	require.NoError(t, decoder.Decode(&report))
	require.Equal(t, 32, report.Connections)
	require.Len(t, report.Rows, 13)
	require.Contains(t, told, "Starting a redis-server of its own")
	require.Contains(t, told, "Round 5 of 5: PING ")
	left, err := filepath.Glob(filepath.Join(temporary, "makegood-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestBenchEventsOnServersOfItsOwn(t *testing.T) {
	if !servers.HasRedis() {
		t.Skip("redis-server is not on PATH: apt-get install redis-server")
	}
	withoutRedisURL(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)

	out, told, err := runBench(t.Context(), t, "events", "--event-transport", "redis", "--time", "500ms", "--rate", "200", "--json")

	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader([]byte(out)))
	decoder.DisallowUnknownFields()
	var report bench.EventsReport
	require.NoError(t, decoder.Decode(&report))
	require.Equal(t, 200, report.Rate)
	require.Len(t, report.Rows, 3)
	require.Contains(t, told, "Starting a redis-server of its own")
	require.Contains(t, told, "Round 5 of 5: plain client ")
	left, err := filepath.Glob(filepath.Join(temporary, "makegood-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestBenchEventsWithoutAnyRabbitMQ(t *testing.T) {
	t.Setenv("REDIS_URL", "redis://127.0.0.1:1")
	t.Setenv("PATH", t.TempDir())
	if servers.HasRabbitMQ() {
		t.Skip("the server's folder is looked into, too")
	}
	_, _, err := runBench(t.Context(), t, "events")
	require.EqualError(t, err, "there is nothing to measure: give --amqp-url, or install rabbitmq-server (Debian: apt-get install rabbitmq-server)")
}

func TestBenchStockOnTheServerOfTheEnvironment(t *testing.T) {
	if !servers.HasRedis() {
		t.Skip("redis-server is not on PATH: apt-get install redis-server")
	}
	server, err := servers.Redis(t.Context(), servers.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()
	t.Setenv("REDIS_URL", server.URL)
	ctx, stop := context.WithCancel(t.Context())
	stop() // Ctrl-C

	_, told, err := runBench(ctx, t, "stock")

	require.ErrorContains(t, err, "stopped before the end: ")
	require.Contains(t, told, "Measuring the Redis of REDIS_URL, with all the load that this machine can make")
}

func TestBenchStockWithoutAnyRedis(t *testing.T) {
	withoutRedisURL(t)
	t.Setenv("PATH", t.TempDir())
	_, _, err := runBench(t.Context(), t, "stock")
	require.EqualError(t, err, "there is nothing to measure: give --redis-url, or install redis-server (Debian: apt-get install redis-server)")
}
