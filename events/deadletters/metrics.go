package deadletters

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what this process has done, and how many letters are open.
type metrics struct{ added, redriven, discarded, expired *prometheus.CounterVec }

func newMetrics(registry prometheus.Registerer, x *Index) metrics {
	counter := func(what, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "makegood_dead_letters_" + what + "_total", Help: help}, labels)
		if registry != nil {
			registry.MustRegister(c)
		}
		return c
	}
	if registry != nil {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "makegood_dead_letters_open",
			Help: "Dead letters that are dead or redriving, in the whole namespace: every process tells the same number. NaN while Redis does not say.",
		}, x.open))
	}
	return metrics{
		added:     counter("added", "Events that became dead letters, by consumer and reason, as this process put them into the index.", "consumer", "reason"),
		redriven:  counter("redriven", "Dead letters that this process gave back to their consumer.", "consumer"),
		discarded: counter("discarded", "Dead letters that somebody discarded through this process.", "consumer"),
		expired:   counter("expired", "Dead letters that nobody had redriven or discarded when their time was over, as this process forgot them.", "consumer"),
	}
}

// open is one ZCARD a scrape.
func (x *Index) open() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n, err := x.Open(ctx)
	if err != nil {
		return math.NaN()
	}
	return float64(n)
}
