package bench

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Timing is how often and how fast something was done. Latencies are those
// under full load: each caller waits for its answer and asks again at once.
type Timing struct {
	Ops          int64   `json:"ops"`
	Seconds      float64 `json:"seconds"`
	OpsPerSecond float64 `json:"ops_per_second"`
	P50Ms        float64 `json:"p50_ms"`
	P99Ms        float64 `json:"p99_ms"`
	P999Ms       float64 `json:"p999_ms"`
	MaxMs        float64 `json:"max_ms"`
}

// measurement is one thing that is measured, a slice a round.
type measurement struct {
	name, title string
	slices      []slice
	busy        []time.Duration // of the server's CPU, a slice; empty if it doesn't say
}

// timing adds up all rounds.
func (m *measurement) timing() Timing {
	var t Timing
	latency := m.latency()
	for _, s := range m.slices {
		t.Ops += s.calls
		t.Seconds += s.took.Seconds()
	}
	if t.Seconds > 0 {
		t.OpsPerSecond = float64(t.Ops) / t.Seconds
	}
	t.P50Ms, t.P99Ms, t.P999Ms = percentile(latency, 50), percentile(latency, 99), percentile(latency, 99.9)
	t.MaxMs = float64(latency.Max()) / 1000
	return t
}

func (m *measurement) latency() *hdrhistogram.Histogram {
	latency := newLatency()
	for _, s := range m.slices {
		latency.Merge(s.latency)
	}
	return latency
}

func percentile(latency *hdrhistogram.Histogram, p float64) float64 {
	return float64(latency.ValueAtPercentile(p)) / 1000
}

// busyMicros is the server's CPU time for one op, in µs; nil if it doesn't say.
func (m *measurement) busyMicros() *float64 {
	var busy time.Duration
	var ops int64
	for i, b := range m.busy {
		busy += b
		ops += m.slices[i].calls
	}
	if ops == 0 || len(m.busy) < len(m.slices) {
		return nil
	}
	micros := float64(busy.Nanoseconds()) / 1000 / float64(ops)
	return &micros
}

// ratio is how many times as many ops a second m did as other, over all
// rounds, and in the round in which that was the least.
func (m *measurement) ratio(other *measurement) (all, lowest float64) {
	if base := other.timing().OpsPerSecond; base > 0 {
		all = m.timing().OpsPerSecond / base
	}
	for i := range m.slices {
		if base := other.slices[i].rate(); base > 0 {
			if r := m.slices[i].rate() / base; i == 0 || r < lowest {
				lowest = r
			}
		}
	}
	return all, lowest
}

func (s slice) rate() float64 {
	if s.took <= 0 {
		return 0
	}
	return float64(s.calls) / s.took.Seconds()
}
