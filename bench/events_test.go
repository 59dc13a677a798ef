package bench_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/bench"
	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/servers"
)

// shortEvents is a run of some seconds, at a rate that any machine reaches.
func shortEvents(transport events.Transport, redisURL, amqpURL string) bench.EventsConfig {
	return bench.EventsConfig{
		Transport: transport, RedisURL: redisURL, AMQPURL: amqpURL, Time: 500 * time.Millisecond, Rate: 200,
	}
}

func startRabbitMQ(t *testing.T) *servers.RabbitMQServer {
	t.Helper()
	if !servers.HasRabbitMQ() {
		t.Skip("rabbitmq-server is not on PATH: apt-get install rabbitmq-server")
	}
	server, err := servers.RabbitMQ(t.Context(), servers.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

func requireRows(t *testing.T, report bench.EventsReport, more ...string) {
	t.Helper()
	names := append([]string{"raw", "makegood", "paced"}, more...)
	require.Len(t, report.Rows, len(names))
	for i, name := range names {
		row := report.Rows[i]
		require.Equal(t, name, row.Name)
		require.Positive(t, row.Events, name)
		require.InEpsilon(t, float64(row.Events)/row.Seconds, row.EventsPerSecond, 0.001, name)
		require.InEpsilon(t, row.EventsPerSecond/report.Rows[0].EventsPerSecond, row.ToRaw, 0.001, name)
		require.Equal(t, name == "paced", row.Latency != nil, name)
	}
	paced := report.Rows[2]
	require.EqualValues(t, 100, paced.Events, "the rate, for the time")
	require.LessOrEqual(t, paced.EventsPerSecond, 260.0, "the schedule is kept, but for the last pause of each round")
	require.Positive(t, paced.Latency.P50Ms)
	require.LessOrEqual(t, paced.Latency.P50Ms, paced.Latency.P95Ms)
	require.LessOrEqual(t, paced.Latency.P95Ms, paced.Latency.P99Ms)
	require.LessOrEqual(t, paced.Latency.P99Ms, paced.Latency.MaxMs)
	require.Len(t, report.Goals, 4)
	require.Equal(t, report.Rows[1].ToRaw >= 0.6, report.Goals[1].Met)
	require.Greater(t, report.EventBytes, 500)
	require.NotEmpty(t, report.Redis.Version)
}

func TestEventsOverRabbitMQ(t *testing.T) {
	store, client := start(t)
	broker := startRabbitMQ(t)

	report, err := bench.Events(t.Context(), shortEvents(events.RabbitMQ, store.URL, broker.URL))

	require.NoError(t, err)
	requireRows(t, report, "audited")
	require.Regexp(t, `^\d+\.\d+`, report.Broker)
	require.Zero(t, client.DBSize(t.Context()).Val(), "its keys are gone")
	left, err := broker.Eval(t.Context(), `[rabbit_amqqueue:list(),
		[N || E <- rabbit_exchange:list(), N <- [element(4, element(2, E))], binary:match(N, <<"makegood">>) =/= nomatch]].`)
	require.NoError(t, err)
	require.Equal(t, "[[], []]", left, "its queues and exchanges are gone")
	cfg := rabbitmq.Config{URL: broker.URL, Consumers: []events.Consumer{{Name: "email"}}}
	require.NoError(t, rabbitmq.Setup(t.Context(), cfg)) // a shop's
	const queues = `length(rabbit_amqqueue:list()).`
	before, err := broker.Eval(t.Context(), queues)
	require.NoError(t, err)
	_, err = bench.Events(t.Context(), shortEvents(events.RabbitMQ, store.URL, broker.URL))
	require.ErrorContains(t, err, "AMQP_URL: its virtual host has an exchange makegood.events already")
	after, err := broker.Eval(t.Context(), queues)
	require.NoError(t, err)
	require.Equal(t, before, after, "the shop's are all there, and no others")
}

func TestEventsOverRedisStreams(t *testing.T) {
	store, client := start(t)
	report, err := bench.Events(t.Context(), shortEvents(events.RedisStreams, store.URL, ""))
	require.NoError(t, err)
	requireRows(t, report)
	require.Empty(t, report.Broker)
	require.Zero(t, client.DBSize(t.Context()).Val())
}

func TestEventsOnACluster(t *testing.T) {
	url, node := startCluster(t)
	report, err := bench.Events(t.Context(), shortEvents(events.RedisStreams, url, ""))
	require.NoError(t, err)
	requireRows(t, report)
	require.Zero(t, node.DBSize(t.Context()).Val())
}

func TestARunOfEventsThatIsStoppedRemovesItsKeys(t *testing.T) {
	store, client := start(t)
	ctx, stop := context.WithCancel(t.Context())
	cfg := shortEvents(events.RedisStreams, store.URL, "")
	progress := &onWord{word: "makegood at", do: stop}
	cfg.Progress = progress
	_, err := bench.Events(ctx, cfg)
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, progress.done)
	require.Zero(t, client.DBSize(t.Context()).Val())
}

func TestServersOfEventsThatAreNotThere(t *testing.T) {
	store, _ := start(t)
	_, err := bench.Events(t.Context(), shortEvents(events.RedisStreams, "redis://127.0.0.1:1", ""))
	require.ErrorContains(t, err, "REDIS_URL: reach Redis")
	_, err = bench.Events(t.Context(), shortEvents(events.RabbitMQ, store.URL, "amqp://guest:secret@127.0.0.1:1/"))
	require.ErrorContains(t, err, "AMQP_URL: reach RabbitMQ")
	require.NotContains(t, err.Error(), "secret")
}

func TestTheTableOfEvents(t *testing.T) {
	report := bench.EventsReport{
		Transport: events.RabbitMQ, Broker: "3.10.8", Rate: 10_000, EventBytes: 747, Rounds: 5,
		Client: bench.Client{Platform: "linux/amd64", CPUs: 2, Go: "go1.26.0"},
		Redis:  bench.Server{Version: "7.0.15", AppendOnly: "on"},
		Rows: []bench.EventsRow{
			{Name: "raw", Title: "plain client", EventsPerSecond: 18_000, ToRaw: 1},
			{Name: "makegood", Title: "makegood", EventsPerSecond: 12_000, ToRaw: 0.667},
			{Name: "paced", Title: "makegood at 10000/s", EventsPerSecond: 9_990, ToRaw: 0.555, Latency: &bench.Latency{P50Ms: 4, P95Ms: 9, P99Ms: 60, MaxMs: 70}},
		},
		Goals: []bench.Goal{
			{Name: "events a second", Is: 12_000, Bound: 10_000, Better: "at least", Met: true},
			{Name: "p99 ms at that rate", Is: 60, Bound: 50, Better: "at most"},
		},
	}
	var out bytes.Buffer
	require.NoError(t, report.WriteTable(&out))
	require.Equal(t, `RabbitMQ 3.10.8; Redis 7.0.15, appendonly on; 747 bytes an event, 5 rounds; client linux/amd64, 2 CPUs, go1.26.0

                       EVENTS/S  OF PLAIN  P50 ms  P95 ms  P99 ms  MAX ms
  plain client            18000      1.00       –       –       –       –
  makegood                12000      0.67       –       –       –       –
  makegood at 10000/s      9990      0.56     4.0     9.0    60.0    70.0

events a second, without the audit stream: 12000, meant to be at least 10000: reached
p99 ms at that rate, without the audit stream: 60, meant to be at most 50: NOT reached
`, out.String())
}
