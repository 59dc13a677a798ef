package inbox

import "github.com/prometheus/client_golang/prometheus"

// asked counts what the inbox answers.
type asked struct{ *prometheus.CounterVec }

// answers of one consumer, there from the start, at 0.
type answers struct{ fresh, handled, leased, unknown prometheus.Counter }

func newAsked(registry prometheus.Registerer) asked {
	a := asked{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "makegood_inbox_events_total",
		Help: "Deliveries that were held against the inbox, by what it knew of the event: new, handled (before: nothing is done), leased (another attempt has it), unknown (Redis gave no answer).",
	}, []string{"consumer", "known"})}
	if registry != nil {
		registry.MustRegister(a)
	}
	return a
}

func (a asked) of(consumer string) answers {
	return answers{
		fresh:   a.WithLabelValues(consumer, "new"),
		handled: a.WithLabelValues(consumer, "handled"),
		leased:  a.WithLabelValues(consumer, "leased"),
		unknown: a.WithLabelValues(consumer, "unknown"),
	}
}
