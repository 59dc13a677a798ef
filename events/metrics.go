package events

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what becomes of events in one process.
type Metrics struct {
	published  *prometheus.CounterVec
	deliveries *prometheus.CounterVec
	confirms   prometheus.Histogram
	breaker    prometheus.Gauge
	outage     prometheus.Gauge
}

// NewMetrics makes them known to the registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		published: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "makegood_events_published_total",
			Help: "Events that were published, by result: confirmed, refused (a queue is full and rejects, most likely a foreign one), unroutable (the topology is gone) or unknown (no answer: they are published again).",
		}, []string{"result"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "makegood_events_delivered_total",
			Help: "Events that were delivered to a consumer, by what became of them: handled (now or before), later (another attempt follows) or dead.",
		}, []string{"consumer", "verdict"}),
		confirms: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "makegood_events_publish_duration_seconds",
			Help:    "Time from an announcement, which is one event or more of an order, to the broker's last confirm of it, or to giving it up.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}),
		breaker: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "makegood_events_breaker_state",
			Help: "0 while events are published, 1 while the broker is being tried, 2 while nothing is sent to it.",
		}),
		outage: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "makegood_events_broker_down",
			Help: "1 while a connection of this process to the broker is lost.",
		}),
	}
	for _, result := range []string{"confirmed", "refused", "unroutable", "unknown"} {
		m.published.WithLabelValues(result) // an alarm needs the zero before the first
	}
	registry.MustRegister(m.published, m.deliveries, m.confirms, m.breaker, m.outage)
	return m
}

// orUnseen are metrics that nobody reads, where there are none.
func (m *Metrics) orUnseen() *Metrics {
	if m == nil {
		return NewMetrics(prometheus.NewRegistry())
	}
	return m
}

func (m *Metrics) publish(n int, err error) {
	result := "unknown"
	switch {
	case err == nil:
		result = "confirmed"
	case errors.Is(err, ErrRefused):
		result = "refused"
	case errors.Is(err, ErrUnroutable):
		result = "unroutable"
	}
	m.published.WithLabelValues(result).Add(float64(n))
}

// Delivered counts what became of one delivery. It is for transports; a nil
// Metrics counts nothing.
func (m *Metrics) Delivered(consumer string, v Verdict) {
	if m != nil {
		m.deliveries.WithLabelValues(consumer, v.String()).Inc()
	}
}
