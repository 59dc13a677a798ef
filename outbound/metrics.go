package outbound

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
)

// metrics of one provider. Its name is a label of each, so that those of
// several providers go into one registry.
type metrics struct {
	breaker prometheus.GaugeFunc
	refused *prometheus.CounterVec
	waits   prometheus.Histogram
}

func newMetrics(provider string, state func() gobreaker.State) *metrics {
	labels := prometheus.Labels{"provider": provider}
	m := &metrics{
		breaker: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name:        "makegood_outbound_breaker_state",
			Help:        "0 while the provider works, 1 while it is being tried, 2 while nothing is sent to it.",
			ConstLabels: labels,
		}, func() float64 { return float64(state()) }),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name:        "makegood_outbound_refused_total",
			Help:        "Requests that were not sent, by reason: rate, pause (the provider asked for it), breaker.",
			ConstLabels: labels,
		}, []string{"reason"}),
		waits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:        "makegood_outbound_wait_seconds",
			Help:        "How long requests that waited for their turn did so.",
			ConstLabels: labels,
			Buckets:     []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
	}
	for _, why := range []reason{whyRate, whyPause, whyBreaker} {
		m.refused.WithLabelValues(string(why)) // there from the start, at 0
	}
	return m
}

// Describe implements prometheus.Collector.
func (p *Provider) Describe(to chan<- *prometheus.Desc) {
	p.metrics.breaker.Describe(to)
	p.metrics.refused.Describe(to)
	p.metrics.waits.Describe(to)
}

// Collect implements prometheus.Collector.
func (p *Provider) Collect(to chan<- prometheus.Metric) {
	p.metrics.breaker.Collect(to)
	p.metrics.refused.Collect(to)
	p.metrics.waits.Collect(to)
}
