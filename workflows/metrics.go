package workflows

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// Metrics tell how sagas end in one process. A workflow task that is lost after
// it has decided an order counts that order twice.
type Metrics struct {
	outcomes  *prometheus.CounterVec
	durations *prometheus.HistogramVec
}

// ends are how orders end most; others are there once one has.
var ends = []order.Story{
	{Status: order.Completed},
	{Status: order.Rejected, Reason: order.PaymentDeclined},
	{Status: order.Rejected, Reason: order.OutOfStock},
	{Status: order.Rejected, Reason: order.Undeliverable},
	{Status: order.Rejected, Reason: order.StepDeadline},
	{Status: order.Cancelled, Reason: order.CancelledByShop},
	{Status: order.Cancelled, Reason: order.Terminated},
}

// NewMetrics makes them known to the registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "makegood_saga_outcomes_total",
			Help: "Orders whose status became final, by that status and the reason why they did not ship.",
		}, []string{"status", "reason"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "makegood_saga_duration_seconds",
			Help:    "Time from when an order was placed until its status became final, by that status.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400},
		}, []string{"status"}),
	}
	for _, end := range ends {
		m.outcomes.WithLabelValues(string(end.Status), string(end.Reason))
		m.durations.WithLabelValues(string(end.Status))
	}
	registry.MustRegister(m.outcomes, m.durations)
	return m
}

// ended counts an order whose status has become final, once: a replay hears it
// again. Nil metrics count nothing.
func (m *Metrics) ended(ctx workflow.Context, story order.Story, placed time.Time) {
	if m == nil || !story.Status.Final() || workflow.IsReplaying(ctx) {
		return
	}
	m.outcomes.WithLabelValues(string(story.Status), string(story.Reason)).Inc()
	m.durations.WithLabelValues(string(story.Status)).Observe(workflow.Now(ctx).Sub(placed).Seconds())
}
