package telemetry_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"makegood/telemetry"
)

func TestTheTraceThatIsKeptIsAnExemplar(t *testing.T) {
	traceID := trace.TraceID{0xab, 15: 1}
	traced := func(flags trace.TraceFlags) context.Context {
		return trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: traceID, SpanID: trace.SpanID{1}, TraceFlags: flags,
		}))
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		kept bool
	}{
		"a trace that is kept":     {traced(trace.FlagsSampled), true},
		"a trace that is not kept": {traced(0), false},
		"no trace":                 {t.Context(), false},
	} {
		t.Run(name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			histogram := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Buckets: []float64{1}})
			registry.MustRegister(histogram)
			telemetry.Observe(c.ctx, histogram, time.Millisecond)

			request := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			request.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
			answer := httptest.NewRecorder()
			telemetry.Health(nil, registry).ServeHTTP(answer, request)
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.Contains(t, string(text), `took_seconds_bucket{le="1.0"} 1`)
			if c.kept {
				require.Contains(t, string(text), `# {trace_id="`+traceID.String()+`"}`)
			} else {
				require.NotContains(t, string(text), "trace_id")
			}
		})
	}
}
