package bench_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/bench"
)

// load reads a committed report, which may have no member that ours hasn't.
func load(t *testing.T, path string, into any) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(into))
	return text
}

func TestThePageShowsTheCommittedReports(t *testing.T) {
	page, err := os.ReadFile("../docs/performance.md")
	require.NoError(t, err)
	for _, name := range []string{"performance.json", "performance-postgres.json"} {
		var report bench.OrdersReport
		text := load(t, "../docs/"+name, &report)
		again, err := json.Marshal(report)
		require.NoError(t, err)
		require.JSONEq(t, string(text), string(again))
		var table bytes.Buffer
		require.NoError(t, report.WriteTable(&table))
		require.Contains(t, string(page), table.String())
	}
}

func TestTheCommittedReportOfManyOrders(t *testing.T) {
	var report bench.GrowthReport
	load(t, "../docs/performance-growth.json", &report)
	require.NotZero(t, report.StartedAt)
	require.Len(t, report.Tenths, 10)
	var table bytes.Buffer
	require.NoError(t, report.WriteTable(&table))
	require.Regexp(t, `^RabbitMQ \S+, Redis \S+, Temporal [^;]+, makegood \S+; \d+ callers; \w+/\w+, \d+ CPUs, go\S+\n\n`, table.String())
}

func TestNotAllOrdersAreSaidToBeCompletedWhenSomeAreLost(t *testing.T) {
	for lost, said := range map[int64]bool{0: true, 1: false} {
		var table bytes.Buffer
		require.NoError(t, bench.OverloadReport{Lost: lost}.WriteTable(&table))
		require.Equal(t, said, strings.Contains(table.String(), "All accepted orders were found completed"))
	}
}
