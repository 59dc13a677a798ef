package bench_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/bench"
	"makegood/tests/harness"
)

// What an order costs in history, commands and events is the same on every
// machine, and asserted; how fast it is, is not.
func TestOrdersOnServersOfItsOwn(t *testing.T) {
	page := filepath.Join(t.TempDir(), "bench.html")
	var report bench.OrdersReport
	// What a shop has set is none of the benchmark's.
	shops := []string{"WEBHOOK_URL=http://127.0.0.1:1", "STEP_DEADLINE=never", "ADMISSION=maybe"}
	told := benchmark(t, &report, shops, "--time", "1s", "--concurrency", "8", "--html", page)

	require.Contains(t, told, "Round 6 of 6:")
	require.Equal(t, 8, report.Concurrency)
	require.Len(t, report.Rows, 4)
	rows := map[string]bench.OrdersRow{}
	for _, row := range report.Rows {
		rows[row.Name] = row
		require.Positive(t, row.PerSecond, row.Name)
		require.Positive(t, row.Alone.P50Ms, row.Name)
		require.GreaterOrEqual(t, row.Loaded.MaxMs, row.Loaded.P99Ms, row.Name)
		require.Len(t, row.Each, 6, row.Name)
		for _, process := range []string{"temporal", "redis", "rabbitmq", "simulators", "bench", "serve"} {
			require.Contains(t, row.Cost.CPUMs, process, row.Name)
		}
	}
	require.InDelta(t, 5, rows["noop_eager"].Cost.HistoryEvents, 0.01)
	require.InDelta(t, 1, rows["noop"].Cost.WorkflowTasks, 0.01)
	require.InDelta(t, 23, rows["usual"].Cost.HistoryEvents, 0.01)
	require.InDelta(t, 4, rows["usual"].Cost.WorkflowTasks, 0.01)
	require.Less(t, rows["usual"].Cost.Events, 0.5)
	ours := rows["makegood"]
	require.InDelta(t, 5, ours.Cost.Events, 0.5)
	require.InDelta(t, 1, ours.Cost.Deliveries, 0.5)
	require.Positive(t, ours.Cost.CPUMs["serve"])
	require.Positive(t, ours.Cost.RedisCommands)
	// An order that took more than the lane's second on a busy machine has more.
	require.GreaterOrEqual(t, ours.Cost.HistoryEvents, 11.0)
	require.GreaterOrEqual(t, ours.Cost.WorkflowTasks, 1.0)
	require.Len(t, report.Goals, 5)

	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(text), "makegood's orders beside what they stand on")
	require.NotRegexp(t, `(src|href)=|url\(|@import`, string(text), "the page needs nothing else")
}

func TestABenchmarkThatIsInterruptedLeavesNothing(t *testing.T) {
	for _, moment := range []string{
		"Starting Temporal, Redis and RabbitMQ.", "Starting the simulators and makegood.", "Warming up",
	} {
		t.Run(moment, func(t *testing.T) {
			temporary := t.TempDir()
			cmd := exec.CommandContext(t.Context(), harness.Binary(t), "bench", "--time", "1h")
			cmd.Env = append(os.Environ(), "TMPDIR="+temporary)
			said, err := cmd.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			last := ""
			for line := range linesOf(said) {
				if last = line; line == moment {
					require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
				}
			}
			require.Error(t, cmd.Wait())
			require.Equal(t, "makegood: stopped before the end: context canceled", last)
			requireNothingLeft(t, temporary)
		})
	}
}
