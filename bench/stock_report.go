package bench

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// StockReport is what a run of Stock found; as JSON it is what
// `makegood bench stock --json` prints.
type StockReport struct {
	StartedAt   time.Time  `json:"started_at"`
	Client      Client     `json:"client"`
	Server      Server     `json:"server"`
	Connections int        `json:"connections"`
	SKUs        int        `json:"skus"`
	Rounds      int        `json:"rounds"`
	Rows        []StockRow `json:"rows"`
	Targets     []Target   `json:"targets"`
}

// StockRow is one measurement: ping, or one of decr, reserve, commit and
// release with the basket, such as reserve_3 or commit_hot.
type StockRow struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Timing
	// ToPing is the rate as a multiple of PING's in the same run.
	ToPing float64 `json:"ratio_to_ping"`
	// ToDecr is the rate as a multiple of that of one DECR a line, one after
	// the other, for the same lines. Null for ping.
	ToDecr *float64 `json:"ratio_to_decr"`
	// ServerMicros is the CPU time of the server's main thread for one op, in
	// µs: a million by it is what the server could do if nothing else held
	// it up. Null if the server doesn't say.
	ServerMicros *float64 `json:"server_cpu_us_per_op"`
}

// Target is a ratio that the stock is built to reach.
type Target struct {
	Row    string  `json:"row"`
	To     string  `json:"to"`
	Ratio  float64 `json:"ratio"`
	Lowest float64 `json:"lowest_round"`
	Least  float64 `json:"at_least"`
	Met    bool    `json:"met"`
}

func (r *stockRun) report(ctx context.Context, began time.Time) StockReport {
	report := StockReport{
		StartedAt: began.UTC().Truncate(time.Second),
		Client:    thisClient(),
		Server:    serverOf(ctx, r.node), Connections: r.Connections, SKUs: r.SKUs, Rounds: rounds,
	}
	ping := r.measured["ping"]
	for _, m := range r.rows {
		row := StockRow{Name: m.name, Title: m.title, Timing: m.timing(), ServerMicros: m.busyMicros()}
		row.ToPing, _ = m.ratio(ping)
		if _, basket, found := strings.Cut(m.name, "_"); found {
			ratio, _ := m.ratio(r.measured["decr_"+basket])
			row.ToDecr = &ratio
		}
		report.Rows = append(report.Rows, row)
	}
	for _, t := range []Target{{Row: "reserve_3", To: "ping", Least: 0.5}, {Row: "reserve_3", To: "decr_3", Least: 1.5}} {
		t.Ratio, t.Lowest = r.measured[t.Row].ratio(r.measured[t.To])
		t.Met = t.Ratio >= t.Least
		report.Targets = append(report.Targets, t)
	}
	return report
}

// WriteTable prints the report for people.
func (r StockReport) WriteTable(out io.Writer) error {
	fmt.Fprintf(out, "Redis %s, appendonly %s; %d connections, %d SKUs, %d rounds; client %s, %d CPUs, %s\n\n",
		orUnknown(r.Server.Version), orUnknown(r.Server.AppendOnly), r.Connections, r.SKUs, r.Rounds,
		r.Client.Platform, r.Client.CPUs, r.Client.Go)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	widest := 0
	for _, row := range r.Rows {
		widest = max(widest, utf8.RuneCountInString(row.Title))
	}
	fmt.Fprintln(w, "\tOPS/S\tP50 ms\tP99 ms\tP99.9 ms\tMAX ms\tOF PING\tOF DECR\tSERVER CPU µs\t")
	for _, row := range r.Rows {
		fmt.Fprintf(w, "%-*s\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%s\t%s\t\n", widest, row.Title, row.OpsPerSecond,
			row.P50Ms, row.P99Ms, row.P999Ms, row.MaxMs, row.ToPing, orDash(row.ToDecr, 2), orDash(row.ServerMicros, 1))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, t := range r.Targets {
		met := "reached"
		if !t.Met {
			met = "NOT reached"
		}
		if _, err := fmt.Fprintf(out, "%s to %s: %.2f (lowest round %.2f), meant to be at least %.1f: %s\n",
			t.Row, t.To, t.Ratio, t.Lowest, t.Least, met); err != nil {
			return err
		}
	}
	return nil
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

func orDash(number *float64, decimals int) string {
	if number == nil {
		return "–"
	}
	return strconv.FormatFloat(*number, 'f', decimals, 64)
}
