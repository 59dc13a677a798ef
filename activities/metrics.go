package activities

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/activity"

	"makegood/order"
	"makegood/telemetry"
)

// result is what became of one attempt at a step.
type result string

const (
	// done had its effect, now or in an attempt before.
	done result = "done"
	// null is an undo that had nothing to undo.
	null result = "null"
	// refused is final: the order turns back.
	refused result = "refused"
	// failed is followed by another attempt, unless the order turns back.
	failed result = "failed"
)

// Metrics tell how the steps of one process go.
type Metrics struct {
	steps  *prometheus.HistogramVec
	unsent unsent
}

// NewMetrics makes them known to the registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "makegood_step_duration_seconds",
		Help:    "How long each attempt at a step, or at its undo, took, by its result: done, null (there was nothing to undo), refused (for good), failed (another attempt follows).",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15},
	}, []string{"step", "result"})}
	for _, step := range []order.Step{order.Charge, order.Reserve, order.Ship, order.Commit, order.Fence, order.Release, order.Refund} {
		m.steps.WithLabelValues(string(step), string(done)) // there from the start, at 0
		m.steps.WithLabelValues(string(step), string(failed))
	}
	registry.MustRegister(m.steps, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "makegood_events_unpublished_age_seconds",
		Help: "Age of the oldest event that this process tried to publish in vain in the last minutes, 0 if there is none. Of several processes the greatest counts.",
	}, m.unsent.age))
	return m
}

func (m *Metrics) attempt(ctx context.Context, step order.Step, began time.Time, r result) {
	if m != nil {
		telemetry.Observe(ctx, m.steps.WithLabelValues(string(step), string(r)), time.Since(began))
	}
}

// announced hears what became of an announcement.
func (m *Metrics) announced(ctx context.Context, entries []order.Entry, err error) {
	// A lane that could not publish has a regular activity do it at once.
	if m != nil && err != nil && len(entries) > 0 && !activity.GetInfo(ctx).IsLocalActivity {
		m.unsent.failed(entries[0].At)
	}
}
