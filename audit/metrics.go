package audit

import "github.com/prometheus/client_golang/prometheus"

// Metrics are what a worker tells of its audits of the stock.
type Metrics struct{ drift, audited prometheus.Gauge }

// NewMetrics makes them known to the registry.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		drift: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "makegood_stock_drift",
			Help: "Orders and SKUs whose stock the last audit of this process found other than it has to be, and left so.",
		}),
		audited: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "makegood_stock_audited_timestamp_seconds",
			Help: "When this process last audited the stock to the end: of several, the latest one's drift counts.",
		}),
	}
	registry.MustRegister(m.drift, m.audited)
	return m
}
