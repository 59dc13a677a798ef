package telemetry_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sys/unix"

	"makegood/telemetry"
)

// What tracing costs: off, where nobody samples the order, and on.
func BenchmarkSpan(b *testing.B) {
	b.Run("outside of a trace", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, span := telemetry.Span(b.Context(), "x", trace.SpanKindClient)
			telemetry.End(span, nil)
		}
	})
	b.Run("of an event that nobody samples", func(b *testing.B) {
		unsampled := strings.TrimSuffix(traceparent, "1") + "0"
		b.ReportAllocs()
		for b.Loop() {
			_, span := telemetry.Span(telemetry.Within(b.Context(), unsampled), "x", trace.SpanKindClient)
			telemetry.End(span, nil)
		}
	})
	b.Run("of an order, all of them, exported", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
		defer server.Close()
		b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
		b.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "1000000") // none is dropped
		traces, err := telemetry.StartTraces(b.Context(), "bench", "dev", slog.New(slog.DiscardHandler))
		require.NoError(b, err)
		const spans = 22 // of an order that ships, with its mail and webhook
		ctx := telemetry.Within(b.Context(), traceparent)
		before, orders := cpu(b), 0
		b.ReportAllocs()
		for b.Loop() {
			for range spans {
				_, span := telemetry.Span(ctx, "RunActivity:Charge", trace.SpanKindClient, telemetry.OrderID.String("ord_ifaq4ymuaebagbafaydqqcikbm"))
				telemetry.End(span, nil)
			}
			orders++
		}
		traces.Stop()
		b.ReportMetric((cpu(b)-before)/float64(orders), "cpu-ns/order")
	})
}

// cpu is the time that this process has had of the processors, in ns.
func cpu(b *testing.B) float64 {
	b.Helper()
	var used unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &used))
	return float64(used.Utime.Nano() + used.Stime.Nano())
}
