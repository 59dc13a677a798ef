package api

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
)

// verdict is what admission made of an order. docs/admission.md has the words
// for operators.
type verdict string

const (
	// admitted orders start their saga: stock had enough.
	admitted verdict = "admitted"
	// refused ones are answered with a 409.
	refused verdict = "refused"
	// repeated ones are retries: stock is short now, and the order of their key
	// was placed before.
	repeated verdict = "repeated"
	// unasked ones start their saga because stock gave no answer in time.
	unasked verdict = "unasked"
)

func newVerdicts(registry *prometheus.Registry) *prometheus.CounterVec {
	verdicts := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "makegood_admission_orders_total",
		Help: "Orders that were held against the stock before their saga, by verdict: admitted, refused (409), repeated (short now, placed before under the same key), unasked (stock gave no answer in time, the order passed).",
	}, []string{"verdict"})
	for _, v := range []verdict{admitted, refused, repeated, unasked} {
		verdicts.WithLabelValues(string(v)) // there from the start, at 0
	}
	registry.MustRegister(verdicts)
	return verdicts
}

func newCacheCounters(registry *prometheus.Registry) (hits, misses prometheus.Counter) {
	hits = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "makegood_admission_cache_hits_total",
		Help: "SKUs of orders whose available units were known from a moment before.",
	})
	misses = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "makegood_admission_cache_misses_total",
		Help: "SKUs of orders whose available units had to be read.",
	})
	registry.MustRegister(hits, misses)
	return hits, misses
}

func breakerState(state func() gobreaker.State) prometheus.GaugeFunc {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "makegood_admission_breaker_state",
		Help: "0 while stock answers orders in time, 1 while it is being tried, 2 while orders pass without a look at it.",
	}, func() float64 { return float64(state()) })
}
