package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// figure is one line of the table, and one plot of the page: a number of every row.
type figure struct {
	Name     string
	Decimals int
	Of       func(OrdersRow) float64
}

// figures are what is told of every row, the CPU time of each process last.
func (r OrdersReport) figures() []figure {
	list := []figure{
		{"a second, all callers", 1, func(w OrdersRow) float64 { return w.PerSecond }},
		{"a second, by the eager no-op", 2, func(w OrdersRow) float64 { return w.ToNoop }},
		{"a second, by the usual saga", 2, func(w OrdersRow) float64 { return w.ToUsual }},
		{"p50 ms, one caller", 1, func(w OrdersRow) float64 { return w.Alone.P50Ms }},
		{"p95 ms, one caller", 1, func(w OrdersRow) float64 { return w.Alone.P95Ms }},
		{"p99 ms, one caller", 1, func(w OrdersRow) float64 { return w.Alone.P99Ms }},
		{"p50 ms, all callers", 1, func(w OrdersRow) float64 { return w.Loaded.P50Ms }},
		{"p95 ms, all callers", 1, func(w OrdersRow) float64 { return w.Loaded.P95Ms }},
		{"p99 ms, all callers", 1, func(w OrdersRow) float64 { return w.Loaded.P99Ms }},
		{"history events", 1, func(w OrdersRow) float64 { return w.Cost.HistoryEvents }},
		{"history bytes", 0, func(w OrdersRow) float64 { return w.Cost.HistoryBytes }},
		{"workflow tasks", 2, func(w OrdersRow) float64 { return w.Cost.WorkflowTasks }},
		{"Redis commands", 1, func(w OrdersRow) float64 { return w.Cost.RedisCommands }},
		{"Redis bytes, network", 0, func(w OrdersRow) float64 { return w.Cost.RedisBytes }},
		{"events published", 2, func(w OrdersRow) float64 { return w.Cost.Events }},
		{"events handled", 2, func(w OrdersRow) float64 { return w.Cost.Deliveries }},
		{"refusals, to try again", 2, func(w OrdersRow) float64 { return w.Cost.Refusals }},
	}
	for _, process := range r.processes() {
		list = append(list, figure{"CPU ms, " + process, 2, func(w OrdersRow) float64 { return w.Cost.CPUMs[process] }})
	}
	return append(list, figure{"CPU ms, all", 2, OrdersRow.cpu})
}

func (w OrdersRow) cpu() (sum float64) {
	for _, ms := range w.Cost.CPUMs {
		sum += ms
	}
	return sum
}

func (r OrdersReport) processes() []string {
	if len(r.Rows) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(r.Rows[0].Cost.CPUMs))
}

// WriteTable prints the report for people.
func (r OrdersReport) WriteTable(out io.Writer) error {
	r.writeLine(out, fmt.Sprintf("%d callers, %d rounds", r.Concurrency, r.Rounds))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	figures := r.figures()
	widest := 0
	for _, f := range figures {
		widest = max(widest, len(f.Name))
	}
	for _, row := range r.Rows {
		fmt.Fprintf(w, "\t%s", strings.ToUpper(row.Title))
	}
	fmt.Fprintln(w, "\t")
	for _, f := range figures {
		fmt.Fprintf(w, "%-*s", widest, f.Name)
		for _, row := range r.Rows {
			fmt.Fprintf(w, "\t%.*f", f.Decimals, f.Of(row))
		}
		fmt.Fprintln(w, "\t")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return writeGoals(out, r.Goals, "")
}
