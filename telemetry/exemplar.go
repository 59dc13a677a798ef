package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// Observe records how long something took. If its trace is kept, the trace's id
// goes with it, as an exemplar: from a slow bucket on a dashboard straight to
// one that was as slow.
func Observe(ctx context.Context, histogram prometheus.Observer, took time.Duration) {
	span := trace.SpanContextFromContext(ctx)
	if with, can := histogram.(prometheus.ExemplarObserver); can && span.IsSampled() {
		with.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": span.TraceID().String()})
		return
	}
	histogram.Observe(took.Seconds())
}
