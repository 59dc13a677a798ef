package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// ScaleReport is what a run of Scale found; as JSON it is what
// `makegood bench scale --json` prints.
type ScaleReport struct {
	Run
	Concurrency int        `json:"concurrency"`
	Rounds      int        `json:"rounds"`
	Rows        []ScaleRow `json:"rows"`
}

// ScaleRow is one shape.
type ScaleRow struct {
	Name          string    `json:"name"`
	PerSecond     float64   `json:"per_second"`
	Each          []float64 `json:"each_round_per_second"`
	NoopPerSecond float64   `json:"noop_per_second"`
	ToNoop        float64   `json:"ratio_to_noop_eager"`
	Latency       Latency   `json:"latency"`
	// CPUMs is what one order takes of each process, in ms. Of workers it is
	// the sum.
	CPUMs map[string]float64 `json:"cpu_ms"`
}

func (row *shapeRow) report() ScaleRow {
	done := row.orders.timing()
	r := ScaleRow{
		Name: row.Name, PerSecond: done.OpsPerSecond, NoopPerSecond: row.noop.timing().OpsPerSecond,
		Latency: row.orders.spread(), CPUMs: map[string]float64{},
	}
	r.ToNoop, _ = row.orders.ratio(&row.noop)
	for _, s := range row.orders.slices {
		r.Each = append(r.Each, s.rate())
	}
	for name, cpu := range row.used.CPU {
		r.CPUMs[name] = float64(cpu.Microseconds()) / 1000 / float64(done.Ops)
	}
	return r
}

// WriteTable prints the report for people.
func (r ScaleReport) WriteTable(out io.Writer) error {
	r.writeLine(out, fmt.Sprintf("%d callers, %d rounds", r.Concurrency, r.Rounds))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	var processes []string
	widest := 0
	for _, row := range r.Rows {
		processes = append(processes, slices.Collect(maps.Keys(row.CPUMs))...)
		widest = max(widest, len(row.Name))
	}
	slices.Sort(processes)
	processes = slices.Compact(processes)
	fmt.Fprint(w, "\tA SECOND\tNO-OP/S\tBY NO-OP\tP50 ms\tP99 ms")
	for _, name := range processes {
		fmt.Fprintf(w, "\t%s ms", name)
	}
	fmt.Fprintln(w, "\t")
	for _, row := range r.Rows {
		fmt.Fprintf(w, "%-*s\t%.1f\t%.0f\t%.2f\t%.0f\t%.0f", widest, row.Name, row.PerSecond, row.NoopPerSecond, row.ToNoop,
			row.Latency.P50Ms, row.Latency.P99Ms)
		for _, name := range processes {
			ms, there := row.CPUMs[name]
			if !there {
				fmt.Fprint(w, "\t–")
				continue
			}
			fmt.Fprintf(w, "\t%.1f", ms)
		}
		fmt.Fprintln(w, "\t")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "\nThe columns of processes are CPU ms an order.")
	return err
}
