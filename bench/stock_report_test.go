package bench_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/bench"
)

func written() bench.StockReport {
	share, micros := 1.25, 20.04
	return bench.StockReport{
		StartedAt:   time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC),
		Client:      bench.Client{Platform: "linux/amd64", CPUs: 2, Go: "go1.26.0"},
		Connections: 64, SKUs: 10_000, Rounds: 5,
		Rows: []bench.StockRow{
			{Name: "ping", Title: "PING", Timing: bench.Timing{Ops: 200_000, Seconds: 2, OpsPerSecond: 100_000, P50Ms: 0.5, P99Ms: 1, P999Ms: 2, MaxMs: 3.456}, ToPing: 1},
			{Name: "decr_3", Title: "3 × DECR, 3 lines", Timing: bench.Timing{Ops: 1, Seconds: 2, OpsPerSecond: 0.5}, ToDecr: &share, ServerMicros: &micros},
		},
		Targets: []bench.Target{
			{Row: "reserve_3", To: "ping", Ratio: 0.5, Lowest: 0.45, Least: 0.5, Met: true},
			{Row: "reserve_3", To: "decr_3", Ratio: 1.25, Lowest: 1, Least: 1.5},
		},
	}
}

func TestTheTable(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, written().WriteTable(&out))
	require.Equal(t, `Redis unknown, appendonly unknown; 64 connections, 10000 SKUs, 5 rounds; client linux/amd64, 2 CPUs, go1.26.0

                      OPS/S  P50 ms  P99 ms  P99.9 ms  MAX ms  OF PING  OF DECR  SERVER CPU µs
  PING               100000    0.50    1.00      2.00    3.46     1.00        –              –
  3 × DECR, 3 lines       0    0.00    0.00      0.00    0.00     0.00     1.25           20.0

reserve_3 to ping: 0.50 (lowest round 0.45), meant to be at least 0.5: reached
reserve_3 to decr_3: 1.25 (lowest round 1.00), meant to be at least 1.5: NOT reached
`, out.String())
}

func TestTheJSON(t *testing.T) {
	text, err := json.Marshal(written())
	require.NoError(t, err)
	require.JSONEq(t, `{
		"started_at": "2031-05-01T12:00:00Z",
		"client": {"platform": "linux/amd64", "cpus": 2, "go": "go1.26.0"},
		"server": {},
		"connections": 64, "skus": 10000, "rounds": 5,
		"rows": [
			{"name": "ping", "title": "PING", "ops": 200000, "seconds": 2, "ops_per_second": 100000,
			 "p50_ms": 0.5, "p99_ms": 1, "p999_ms": 2, "max_ms": 3.456,
			 "ratio_to_ping": 1, "ratio_to_decr": null, "server_cpu_us_per_op": null},
			{"name": "decr_3", "title": "3 × DECR, 3 lines", "ops": 1, "seconds": 2, "ops_per_second": 0.5,
			 "p50_ms": 0, "p99_ms": 0, "p999_ms": 0, "max_ms": 0,
			 "ratio_to_ping": 0, "ratio_to_decr": 1.25, "server_cpu_us_per_op": 20.04}
		],
		"targets": [
			{"row": "reserve_3", "to": "ping", "ratio": 0.5, "lowest_round": 0.45, "at_least": 0.5, "met": true},
			{"row": "reserve_3", "to": "decr_3", "ratio": 1.25, "lowest_round": 1, "at_least": 1.5, "met": false}
		]}`, string(text))
}
