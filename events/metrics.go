package events

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what becomes of events in one process.
type Metrics struct {
	published  *prometheus.CounterVec
	deliveries *prometheus.CounterVec
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
		outage: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "makegood_events_broker_down",
			Help: "1 while a connection of this process to the broker is lost.",
		}),
	}
	for _, result := range []string{"confirmed", "refused", "unroutable", "unknown"} {
		m.published.WithLabelValues(result) // an alarm needs the zero before the first
	}
	registry.MustRegister(m.published, m.deliveries, m.outage)
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
