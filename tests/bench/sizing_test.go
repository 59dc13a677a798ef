package bench_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/bench"
)

var update = flag.Bool("update", false, "write the table of docs/sizing.md anew")

const (
	sizingPage = "../../docs/sizing.md"
	tableFrom  = "<!-- the table: go test ./tests/bench -run Sizing -update -->\n"
	tableTo    = "<!-- end of the table -->\n"

	// busy is how busy a core is meant to be: what is left is for peaks, and
	// for the machine beside it that died.
	busy = 0.5
	// actions are Temporal Cloud's of a happy order: its start, the local
	// activities of its one task, the upsert of its search attributes.
	actions = 3
	// writes are the transactions of a happy order on its shard: its start and
	// the end of its task, and the tasks that these leave behind.
	writes = 4
	// perShard is how many of them a shard takes a second at half of its time,
	// where one takes 5 ms: a shard does one after the other.
	perShard = busy * 1000 / 5
	// uneven is how much more than others the busiest shard has.
	uneven = 3
	// leastShards cost little, and their number can never be changed.
	leastShards = 512
	// keptDays is how long Redis keeps an order's records: the retention that
	// set-up gives a namespace, 30 days, and 7 more.
	keptDays   = 37
	daySeconds = 86_400
)

// The table of docs/sizing.md is what the measured figures come to.
func TestSizingIsComputedFromWhatWasMeasured(t *testing.T) {
	inMemory, onPostgres := measured(t, "../../docs/performance.json"), measured(t, "../../docs/performance-postgres.json")
	table := tableFrom + sizingTable(inMemory, onPostgres, redisBytes(t, "../../docs/performance-growth.json")) + tableTo
	text, err := os.ReadFile(sizingPage)
	require.NoError(t, err)
	from, to := strings.Index(string(text), tableFrom), strings.Index(string(text), tableTo)
	require.Positive(t, from)
	require.Greater(t, to, from)
	if *update {
		changed := string(text[:from]) + table + string(text[to+len(tableTo):])
		require.NoError(t, os.WriteFile(sizingPage, []byte(changed), 0o600))
		return
	}
	require.Equal(t, table, string(text[from:to+len(tableTo)]), "run go test ./tests/bench -run Sizing -update")
}

func measured(t *testing.T, path string) bench.OrderCost {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var report bench.OrdersReport
	require.NoError(t, json.Unmarshal(text, &report))
	for _, row := range report.Rows {
		if row.Name == "makegood" {
			return row.Cost
		}
	}
	require.FailNow(t, "no orders of makegood in "+path)
	return bench.OrderCost{}
}

// redisBytes is by how much an order made Redis' process grow.
func redisBytes(t *testing.T, path string) float64 {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var report bench.GrowthReport
	require.NoError(t, json.Unmarshal(text, &report))
	first, last := report.Tenths[0], report.Tenths[len(report.Tenths)-1]
	return float64(last.Memory["redis"]-first.Memory["redis"]) / float64(last.Placed-first.Placed)
}

func sizingTable(inMemory, onPostgres bench.OrderCost, redisBytes float64) string {
	rates := []float64{10, 100, 1000, 10_000}
	var b strings.Builder
	b.WriteString("| orders a second |")
	for _, rate := range rates {
		fmt.Fprintf(&b, " %s |", thousands(rate))
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(rates)) + "\n")
	line := func(name string, of func(rate float64) string) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, rate := range rates {
			fmt.Fprintf(&b, " %s |", of(rate))
		}
		b.WriteString("\n")
	}
	cores := func(ms float64) func(float64) string {
		return func(rate float64) string { return thousands(math.Ceil(rate * ms / 1000 / busy)) }
	}
	line("Temporal actions a second", func(rate float64) string { return thousands(rate * actions) })
	line("history shards", func(rate float64) string {
		least := max(leastShards, rate*writes*uneven/perShard)
		return thousands(math.Exp2(math.Ceil(math.Log2(least))))
	})
	line("cores for Temporal's services", cores(onPostgres.CPUMs["temporal"]))
	line("cores for PostgreSQL", cores(onPostgres.CPUMs["postgresql"]))
	line("history, GB a day", func(rate float64) string { return rounded(rate * inMemory.HistoryBytes * daySeconds / 1e9) })
	line("cores for makegood serve", cores(inMemory.CPUMs["serve"]))
	line("Redis commands a second", func(rate float64) string { return thousands(math.Ceil(rate * inMemory.RedisCommands)) })
	line("Redis masters, a core each", cores(inMemory.CPUMs["redis"]))
	line(fmt.Sprintf("Redis, GB after %d days", keptDays), func(rate float64) string {
		return rounded(rate * redisBytes * daySeconds * keptDays / 1e9)
	})
	line("events a second", func(rate float64) string { return thousands(math.Round(rate * inMemory.Events)) })
	line("cores for RabbitMQ", cores(inMemory.CPUMs["rabbitmq"]))
	return b.String()
}

// rounded has two figures, as what it is computed from is no better.
func rounded(n float64) string {
	if n < 10 {
		return fmt.Sprintf("%.1f", n)
	}
	step := math.Pow(10, math.Floor(math.Log10(n))-1)
	return thousands(math.Round(n/step) * step)
}

// thousands writes a whole number as 12,345.
func thousands(n float64) string {
	text := fmt.Sprintf("%.0f", n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
