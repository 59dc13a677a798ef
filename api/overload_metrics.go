package api

import (
	"github.com/failsafe-go/failsafe-go/adaptivelimiter"
	"github.com/prometheus/client_golang/prometheus"
)

// newOverloadMetrics shows how many orders are let through at once, and returns
// the count of those that are refused for it.
func newOverloadMetrics(registry *prometheus.Registry, permits adaptivelimiter.Metrics) (refused prometheus.Counter) {
	refused = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "makegood_overload_refused_total",
		Help: "Orders that were answered with 503 overloaded: more came than are worked off, and nothing was started for them.",
	})
	registry.MustRegister(refused)
	for _, gauge := range []struct {
		name, help string
		value      func() int
	}{
		{"makegood_overload_limit", "Orders that are let through at once, by how long they take.", permits.Limit},
		{"makegood_overload_in_flight", "Orders that are being let through: until their start is answered, and with a worker beside until their first workflow task is over.", permits.Inflight},
		{"makegood_overload_queued", "Orders that wait for their turn.", permits.Queued},
	} {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: gauge.name, Help: gauge.help},
			func() float64 { return float64(gauge.value()) }))
	}
	return refused
}
