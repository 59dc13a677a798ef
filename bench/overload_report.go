package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// OverloadReport is what a run of Overload found; as JSON it is what
// `makegood bench overload --json` prints.
type OverloadReport struct {
	Run
	// Sustained is how many orders a second the system completes.
	Sustained float64 `json:"sustained_per_second"`
	// Times that much was to come, and Asked a second did.
	Times int     `json:"times"`
	Asked float64 `json:"asked_per_second"`
	// Accepted were answered with 202 or 200, Refused as overloaded: how many
	// they are is the latency's count.
	Accepted Latency `json:"accepted"`
	Refused  Latency `json:"refused"`
	// Failed were answered with anything else, or not at all.
	Failed map[string]int64 `json:"failed"`
	// WithoutRetryAfter is how many refusals don't say when to ask again.
	WithoutRetryAfter int64 `json:"without_retry_after"`
	// DrainedSeconds is how long after the last order was sent all that were
	// accepted had been found completed; Lost were not, in three minutes.
	DrainedSeconds float64 `json:"drained_seconds"`
	Lost           int64   `json:"lost"`
	// RefusedButBegun are orders that there are though they were refused.
	RefusedButBegun int64  `json:"refused_but_begun"`
	Goals           []Goal `json:"goals"`
}

func (r *OverloadReport) judge() {
	failed := int64(0)
	for _, n := range r.Failed {
		failed += n
	}
	r.Goals = []Goal{
		atLeast("what came by what was to come", r.Asked/r.Sustained/float64(r.Times), 0.9),
		atLeast("refusals", float64(r.Refused.Count), 1),
		atMost("p99 ms of refusals", r.Refused.P99Ms, 100),
		atMost("accepted orders lost", float64(r.Lost), 0),
		atMost("refused orders that began", float64(r.RefusedButBegun), 0),
		atMost("answers of neither kind", float64(failed+r.WithoutRetryAfter), 0),
	}
}

// WriteTable prints the report for people.
func (r OverloadReport) WriteTable(out io.Writer) error {
	r.writeLine(out)
	fmt.Fprintf(out, "The system completes %.0f orders a second; %.0f a second came.\n\n", r.Sustained, r.Asked)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tORDERS\tP50 ms\tP95 ms\tP99 ms\tMAX ms\t")
	for _, row := range []struct {
		name string
		Latency
	}{{"accepted", r.Accepted}, {"refused ", r.Refused}} {
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t\n", row.name, row.Count, row.P50Ms, row.P95Ms, row.P99Ms, row.MaxMs)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	if r.Lost == 0 {
		fmt.Fprintf(out, "All accepted orders were found completed %.1f s after the last one was sent.\n\n", r.DrainedSeconds)
	}
	return writeGoals(out, r.Goals, "")
}
