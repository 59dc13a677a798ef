package bench

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Client is the machine and the program that made the calls.
type Client struct {
	Platform string `json:"platform"`
	CPUs     int    `json:"cpus"` // that Go uses
	Go       string `json:"go"`
}

func thisClient() Client {
	return Client{Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.GOMAXPROCS(0), Go: runtime.Version()}
}

// Run is when a report's figures were measured, from where and on what.
type Run struct {
	StartedAt time.Time         `json:"started_at"`
	Client    Client            `json:"client"`
	Versions  map[string]string `json:"versions"` // of the servers and makegood, by name
}

func newRun(versions map[string]string) Run {
	return Run{StartedAt: time.Now().UTC().Truncate(time.Second), Client: thisClient(), Versions: versions}
}

// Servers are the versions in one line.
func (r Run) Servers() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		all = append(all, name+" "+r.Versions[name])
	}
	return strings.Join(all, ", ")
}

// writeLine begins a table: what was measured, how, and from where.
func (r Run) writeLine(out io.Writer, how ...string) {
	parts := append([]string{r.Servers()}, how...)
	parts = append(parts, fmt.Sprintf("%s, %d CPUs, %s", r.Client.Platform, r.Client.CPUs, r.Client.Go))
	fmt.Fprintln(out, strings.Join(parts, "; ")+"\n")
}

// Latency is how long something took, in ms: an order from its POST to the
// answer that it is completed, a workflow from its start to its result, an
// answer from its request. With fewer than 100, P99Ms is little but the longest.
type Latency struct {
	Count int64   `json:"count"`
	P50Ms float64 `json:"p50_ms"`
	P95Ms float64 `json:"p95_ms"`
	P99Ms float64 `json:"p99_ms"`
	MaxMs float64 `json:"max_ms"`
}

func (m *measurement) spread() Latency { return spread(m.latency()) }

func spread(l *hdrhistogram.Histogram) Latency {
	return Latency{Count: l.TotalCount(), P50Ms: percentile(l, 50), P95Ms: percentile(l, 95), P99Ms: percentile(l, 99), MaxMs: float64(l.Max()) / 1000}
}

// Goal is a figure that makegood is built to reach.
type Goal struct {
	Name   string  `json:"name"`
	Is     float64 `json:"is"`
	Bound  float64 `json:"bound"`
	Better string  `json:"better"` // "at least" or "at most" the bound
	Met    bool    `json:"met"`
}

// Figure is what Is reads like: two decimals, or none if they are zeros.
func (g Goal) Figure() string { return strings.TrimSuffix(fmt.Sprintf("%.2f", g.Is), ".00") }

func atLeast(name string, is, bound float64) Goal {
	return Goal{Name: name, Is: is, Bound: bound, Better: "at least", Met: is >= bound}
}

func atMost(name string, is, bound float64) Goal {
	return Goal{Name: name, Is: is, Bound: bound, Better: "at most", Met: is <= bound}
}

// writeGoals prints one line a goal. A goal that isn't met is no error.
func writeGoals(out io.Writer, goals []Goal, under string) error {
	for _, g := range goals {
		met := "reached"
		if !g.Met {
			met = "NOT reached"
		}
		if _, err := fmt.Fprintf(out, "%s%s: %s, meant to be %s %g: %s\n", g.Name, under, g.Figure(), g.Better, g.Bound, met); err != nil {
			return err
		}
	}
	return nil
}
