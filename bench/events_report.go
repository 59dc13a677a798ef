package bench

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"makegood/events"
)

// EventsReport is what a run of Events found; as JSON it is what
// `makegood bench events --json` prints.
type EventsReport struct {
	StartedAt time.Time        `json:"started_at"`
	Client    Client           `json:"client"`
	Transport events.Transport `json:"transport"`
	// Broker is the version of RabbitMQ, empty if that carries nothing.
	Broker string `json:"broker,omitempty"`
	Redis  Server `json:"redis"`
	Rate   int    `json:"rate"` // events a second, of the row "paced"
	// EventBytes is the mean size of an event's body.
	EventBytes int         `json:"event_bytes"`
	Rounds     int         `json:"rounds"`
	Rows       []EventsRow `json:"rows"`
	Goals      []Goal      `json:"goals"`
}

// EventsRow is one measurement: raw, makegood, paced or, over RabbitMQ,
// audited.
type EventsRow struct {
	Name            string  `json:"name"`
	Title           string  `json:"title"`
	Events          int64   `json:"events"`
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`
	// ToRaw is the rate as a multiple of the plain client's in the same run.
	ToRaw float64 `json:"ratio_to_raw"`
	// Latency is from when an event was due to be published until it was
	// handled. It is null of the rows that go as fast as they can: how long an
	// event is under way then says how many are.
	Latency *Latency `json:"latency"`
}

func (r *eventsRun) report(ctx context.Context, began time.Time) EventsReport {
	report := EventsReport{
		StartedAt: began.UTC().Truncate(time.Second),
		Client:    thisClient(),
		Transport: r.Transport, Broker: r.carrier.version(ctx), Rate: r.Rate, EventBytes: r.bytes, Rounds: rounds,
	}
	if node, err := nodeOf(ctx, r.redis, "inbox:"); err == nil {
		report.Redis = serverOf(ctx, node)
	}
	for _, row := range r.rows {
		t := row.timing()
		reported := EventsRow{Name: row.name, Title: row.title, Events: t.Ops, Seconds: t.Seconds, EventsPerSecond: t.OpsPerSecond}
		reported.ToRaw, _ = row.ratio(&r.rows[0].measurement)
		if row.name == "paced" {
			latency := row.spread()
			reported.Latency = &latency
		}
		report.Rows = append(report.Rows, reported)
	}
	if len(report.Rows) > 2 {
		ours, paced := report.Rows[1], report.Rows[2]
		report.Goals = []Goal{
			atLeast("events a second", ours.EventsPerSecond, 10_000),
			atLeast("of the plain client's rate", ours.ToRaw, 0.6),
			atLeast(fmt.Sprintf("of the %d/s that were asked for", r.Rate), paced.EventsPerSecond/float64(r.Rate), 0.99),
			atMost("p99 ms at that rate", paced.Latency.P99Ms, 50),
		}
	}
	return report
}

// WriteTable prints the report for people.
func (r EventsReport) WriteTable(out io.Writer) error {
	carrier := "Redis Streams"
	if r.Transport == events.RabbitMQ {
		carrier = "RabbitMQ " + orUnknown(r.Broker)
	}
	fmt.Fprintf(out, "%s; Redis %s, appendonly %s; %d bytes an event, %d rounds; client %s, %d CPUs, %s\n\n",
		carrier, orUnknown(r.Redis.Version), orUnknown(r.Redis.AppendOnly), r.EventBytes, r.Rounds,
		r.Client.Platform, r.Client.CPUs, r.Client.Go)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	widest := 0
	for _, row := range r.Rows {
		widest = max(widest, utf8.RuneCountInString(row.Title))
	}
	fmt.Fprintln(w, "\tEVENTS/S\tOF PLAIN\tP50 ms\tP95 ms\tP99 ms\tMAX ms\t")
	for _, row := range r.Rows {
		fmt.Fprintf(w, "%-*s\t%.0f\t%.2f", widest, row.Title, row.EventsPerSecond, row.ToRaw)
		var p50, p95, p99, most *float64
		if l := row.Latency; l != nil {
			p50, p95, p99, most = &l.P50Ms, &l.P95Ms, &l.P99Ms, &l.MaxMs
		}
		fmt.Fprintf(w, "\t%s\t%s\t%s\t%s\t\n", orDash(p50, 1), orDash(p95, 1), orDash(p99, 1), orDash(most, 1))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	without := ""
	if r.Transport == events.RabbitMQ {
		without = ", without the audit stream" // which EVENT_AUDIT adds unless told otherwise
	}
	fmt.Fprintln(out)
	return writeGoals(out, r.Goals, without)
}
