package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// GrowthReport is what a run of Growth found; as JSON it is what
// `makegood bench growth --json` prints.
type GrowthReport struct {
	Run
	Orders      int     `json:"orders"`
	Concurrency int     `json:"concurrency"`
	Tenths      []Tenth `json:"tenths"`
	Goals       []Goal  `json:"goals"`
}

// Tenth is how the system did while a tenth of the orders were placed, and how
// it was after them.
type Tenth struct {
	// Placed is how many orders there are after it.
	Placed    int64   `json:"placed"`
	PerSecond float64 `json:"per_second"`
	// NoopPerSecond is the eager no-op's rate, right before and right after.
	NoopPerSecond float64 `json:"noop_per_second"`
	Latency       Latency `json:"latency"`
	// Backlog is how many messages waited in the queues of makegood's consumers
	// with the last order's answer, not counting those being handled.
	Backlog int64 `json:"backlog"`
	// Memory is each process', in bytes.
	Memory map[string]int64 `json:"memory_bytes"`
	// RedisData is what Redis says that its data takes (used_memory_dataset), in
	// bytes: without tables of keys, buffers and what it has from its start.
	RedisData float64 `json:"redis_data_bytes"`
	// GetMs and ListMs are the medians of reading one order of any age, and the
	// first page of a list: of all orders, the completed ones, one customer's.
	GetMs  float64 `json:"get_p50_ms"`
	ListMs float64 `json:"list_p50_ms"`
}

func (r *GrowthReport) judge() {
	first, last := r.Tenths[0], r.Tenths[len(r.Tenths)-1]
	r.Goals = []Goal{
		atLeast("the last tenth's rate by the first one's", last.PerSecond/first.PerSecond, 0.9),
		atLeast("the same, each by the no-op's beside it", last.PerSecond/last.NoopPerSecond/(first.PerSecond/first.NoopPerSecond), 0.9),
	}
}

// WriteTable prints the report for people.
func (r GrowthReport) WriteTable(out io.Writer) error {
	r.writeLine(out, fmt.Sprintf("%d callers", r.Concurrency))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	processes := slices.Sorted(maps.Keys(r.Tenths[0].Memory))
	fmt.Fprint(w, "ORDERS\tA SECOND\tNO-OP/S\tBY NO-OP\tP50 ms\tP99 ms\tGET ms\tLIST ms\tBACKLOG\tREDIS DATA MB")
	for _, name := range processes {
		fmt.Fprintf(w, "\t%s MB", name)
	}
	fmt.Fprintln(w, "\t")
	for _, t := range r.Tenths {
		fmt.Fprintf(w, "%d\t%.1f\t%.0f\t%.2f\t%.0f\t%.0f\t%.1f\t%.1f\t%d\t%.1f", t.Placed, t.PerSecond, t.NoopPerSecond,
			t.PerSecond/t.NoopPerSecond, t.Latency.P50Ms, t.Latency.P99Ms, t.GetMs, t.ListMs, t.Backlog, t.RedisData/1e6)
		for _, name := range processes {
			fmt.Fprintf(w, "\t%.0f", float64(t.Memory[name])/1e6)
		}
		fmt.Fprintln(w, "\t")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return writeGoals(out, r.Goals, "")
}
