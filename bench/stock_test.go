package bench_test

import (
	"bytes"
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/bench"
)

// short is a run of some two seconds.
func short() bench.StockConfig {
	return bench.StockConfig{Connections: 8, Time: 100 * time.Millisecond, SKUs: 100}
}

func TestEveryRowIsMeasured(t *testing.T) {
	server, client := start(t)
	require.NoError(t, client.Set(t.Context(), "makegood:{stock:shop}:sku:MUG", "theirs", 0).Err())
	require.NoError(t, client.ConfigResetStat(t.Context()).Err())

	report, err := bench.Stock(t.Context(), server.URL, short())

	require.NoError(t, err)
	stats := infoOf(t, client, "commandstats")
	connections := infoOf(t, client, "stats")["total_connections_received"]
	require.Equal(t, []string{
		"ping",
		"decr_1", "reserve_1", "commit_1", "release_1",
		"decr_3", "reserve_3", "commit_3", "release_3",
		"decr_hot", "reserve_hot", "commit_hot", "release_hot",
	}, names(report))
	ping := row(report, "ping")
	for _, r := range report.Rows {
		require.Positive(t, r.Ops, r.Name)
		require.InEpsilon(t, float64(r.Ops)/r.Seconds, r.OpsPerSecond, 0.001, r.Name)
		require.Positive(t, r.P50Ms, r.Name)
		require.LessOrEqual(t, r.P50Ms, r.P99Ms, r.Name)
		require.LessOrEqual(t, r.P99Ms, r.P999Ms, r.Name)
		require.LessOrEqual(t, r.P999Ms, r.MaxMs, r.Name)
		require.InEpsilon(t, r.OpsPerSecond/ping.OpsPerSecond, r.ToPing, 0.001, r.Name)
		require.NotNil(t, r.ServerMicros, r.Name)
		require.Positive(t, *r.ServerMicros, r.Name)
		if _, lines, found := strings.Cut(r.Name, "_"); found {
			require.InEpsilon(t, r.OpsPerSecond/row(report, "decr_"+lines).OpsPerSecond, *r.ToDecr, 0.001, r.Name)
		} else {
			require.Nil(t, r.ToDecr, r.Name)
		}
	}
	for _, lines := range []string{"1", "3", "hot"} {
		require.Equal(t, row(report, "reserve_"+lines).Ops, row(report, "commit_"+lines).Ops+row(report, "release_"+lines).Ops,
			"each order is closed, and no other")
	}

	// The server has counted the same.
	require.Equal(t, row(report, "decr_1").Ops+3*row(report, "decr_3").Ops+row(report, "decr_hot").Ops, calls(t, stats, "decr"))
	var scripts int64
	for _, r := range report.Rows {
		if _, _, found := strings.Cut(r.Name, "_"); found && !strings.HasPrefix(r.Name, "decr") {
			scripts += r.Ops
		}
	}
	filled := int64(report.Rounds * (100 + 100 + 1))
	require.Equal(t, scripts+filled, calls(t, stats, "evalsha")+calls(t, stats, "eval"))
	n, err := strconv.Atoi(connections)
	require.NoError(t, err)
	require.LessOrEqual(t, n, 8+8+1, "one a caller, those of the round trips that callers share, and the test's")
	require.GreaterOrEqual(t, n, 8)

	require.Equal(t, "on", report.Server.AppendOnly)
	require.NotEmpty(t, report.Server.Version)
	keys, err := client.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.Equal(t, []string{"makegood:{stock:shop}:sku:MUG"}, keys, "its own keys are gone, and nobody else's")
}

func TestATargetIsARatioOfTwoRows(t *testing.T) {
	server, _ := start(t)
	report, err := bench.Stock(t.Context(), server.URL, short())
	require.NoError(t, err)
	require.Len(t, report.Targets, 2)
	for i, least := range []float64{0.5, 1.5} {
		target := report.Targets[i]
		require.Equal(t, least, target.Least)
		require.InEpsilon(t, row(report, target.Row).OpsPerSecond/row(report, target.To).OpsPerSecond, target.Ratio, 0.001)
		require.Positive(t, target.Lowest)
		require.Equal(t, target.Ratio >= least, target.Met)
	}
}

func TestAClusterIsMeasuredToo(t *testing.T) {
	url, node := startCluster(t)
	var progress bytes.Buffer
	cfg := short()
	cfg.Progress = &progress
	report, err := bench.Stock(t.Context(), url, cfg)
	require.NoError(t, err)
	require.Len(t, report.Rows, 13)
	require.Zero(t, node.DBSize(t.Context()).Val())
	require.Regexp(t, "^warning: .* runs with appendonly off", progress.String())
	require.Equal(t, "off", report.Server.AppendOnly)
}

// onWord does something once the progress holds the word.
type onWord struct {
	word string
	do   func()
	seen bytes.Buffer
	done bool
}

func (w *onWord) Write(p []byte) (int, error) {
	w.seen.Write(p)
	if !w.done && strings.Contains(w.seen.String(), w.word) {
		w.done = true
		w.do()
	}
	return len(p), nil
}

func TestARunThatIsStoppedRemovesItsKeys(t *testing.T) {
	server, client := start(t)
	for _, word := range []string{"Opening", "3 × DECR", " reserve", " commit", " release"} {
		t.Run("at "+word, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			cfg := short()
			cfg.Time = time.Hour // it ends by being stopped
			if word != "Opening" {
				cfg.Time = 500 * time.Millisecond
			}
			progress := &onWord{word: word, do: stop}
			cfg.Progress = progress
			_, err := bench.Stock(ctx, server.URL, cfg)
			require.ErrorIs(t, err, context.Canceled)
			require.True(t, progress.done)
			require.Zero(t, client.DBSize(t.Context()).Val())
		})
	}
}

func TestARunWhoseServerDiesNamesTheKeysThatAreLeft(t *testing.T) {
	server, _ := start(t)
	cfg := short()
	progress := &onWord{word: " commit", do: func() { require.NoError(t, server.Kill()) }}
	cfg.Progress = progress
	_, err := bench.Stock(t.Context(), server.URL, cfg)
	require.ErrorContains(t, err, "commit, 1 line: ")
	prefix := regexp.MustCompile(`makegood:\{stock:bench-[a-z0-9]{10}\}:`)
	require.Regexp(t, "keys that begin with "+prefix.String()+" are left: ", err.Error())
	require.Equal(t, prefix.FindString(progress.seen.String()), prefix.FindString(err.Error()))

	require.NoError(t, server.Restart(t.Context()))
	client := connect(t, server.Address)
	left, err := client.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.NotEmpty(t, left)
	for _, key := range left {
		require.Regexp(t, prefix, key)
	}
}

func TestServersThatAreNotMeasured(t *testing.T) {
	server, client := start(t)
	_, err := bench.Stock(t.Context(), "redis://127.0.0.1:1", short())
	require.ErrorContains(t, err, "REDIS_URL: reach Redis")
	_, err = bench.Stock(t.Context(), "http://127.0.0.1", short())
	require.ErrorContains(t, err, "REDIS_URL: its scheme")
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru").Err())
	_, err = bench.Stock(t.Context(), server.URL, short())
	require.ErrorContains(t, err, "REDIS_URL: maxmemory-policy allkeys-lru")
}

func names(report bench.StockReport) []string {
	var all []string
	for _, r := range report.Rows {
		all = append(all, r.Name)
	}
	return all
}

func row(report bench.StockReport, name string) bench.StockRow {
	for _, r := range report.Rows {
		if r.Name == name {
			return r
		}
	}
	return bench.StockRow{}
}

func infoOf(t *testing.T, client *redis.Client, section string) map[string]string {
	t.Helper()
	text, err := client.Info(t.Context(), section).Result()
	require.NoError(t, err)
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		fields[name] = value
	}
	return fields
}

var counted = regexp.MustCompile(`^calls=(\d+),.*failed_calls=(\d+)`)

// calls are those of a command that did not fail, as EVALSHA does when the
// server doesn't have the script yet.
func calls(t *testing.T, stats map[string]string, command string) int64 {
	t.Helper()
	found := counted.FindStringSubmatch(stats["cmdstat_"+command])
	require.NotNil(t, found, stats)
	all, err := strconv.ParseInt(found[1], 10, 64)
	require.NoError(t, err)
	failed, err := strconv.ParseInt(found[2], 10, 64)
	require.NoError(t, err)
	return all - failed
}
