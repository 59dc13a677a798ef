package telemetry_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"makegood/telemetry"
)

func TestTracesAreOffUnlessAskedFor(t *testing.T) {
	tests := []struct {
		name        string
		environment map[string]string
	}{
		{"nothing is set", nil},
		{"another signal's endpoint", map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:4318"}},
		{"no exporter", map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}},
		{"all of it is disabled", map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.environment {
				t.Setenv(name, value)
			}
			traces, err := telemetry.StartTraces(t.Context(), "api", "dev", slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			require.False(t, traces.On())
			traces.Stop()
		})
	}
}

func TestABadVariableIsNamed(t *testing.T) {
	for name, value := range map[string]string{
		"OTEL_TRACES_EXPORTER": "zipkin", "OTEL_SDK_DISABLED": "perhaps",
		"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "unix:///tmp/x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			_, err := telemetry.StartTraces(t.Context(), "api", "dev", slog.New(slog.DiscardHandler))
			require.ErrorContains(t, err, name)
		})
	}
	t.Run("OTEL_EXPORTER_OTLP_PROTOCOL", func(t *testing.T) {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
		t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon")
		_, err := telemetry.StartTraces(t.Context(), "api", "dev", slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "OTEL_EXPORTER_OTLP_")
	})
}

func TestHeadersThatCanNotBeAreNeverRepeated(t *testing.T) {
	start := func(headers string) error {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
		t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", headers)
		traces, err := telemetry.StartTraces(t.Context(), "api", "dev", slog.New(slog.DiscardHandler))
		if err == nil {
			traces.Stop()
		}
		return err
	}
	for name, headers := range map[string]string{
		"no value":            "tenant=shop,s3cret",
		"as in HTTP":          "Authorization: Bearer s3cret==",
		"not percent-encoded": "authorization=Bearer 100%s3cret",
	} {
		t.Run(name, func(t *testing.T) {
			err := start(headers)
			require.ErrorContains(t, err, "OTEL_EXPORTER_OTLP_HEADERS")
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
	require.NoError(t, start("authorization=Bearer%20s3cret==, x-tenant = shop,"))
}

func TestOnlyWhatIsSampledIsTraced(t *testing.T) {
	var sent http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = r.Header }))
	t.Cleanup(server.Close)
	client := &http.Client{Transport: telemetry.Transport("stripe", http.DefaultTransport)}
	for _, outside := range []string{"", "nonsense", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"} {
		ctx := telemetry.Within(t.Context(), outside)
		_, span := telemetry.Span(ctx, "x", trace.SpanKindInternal)
		require.False(t, span.SpanContext().IsValid(), outside)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		answer, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Empty(t, sent.Get("traceparent"), outside)
	}
	client.CloseIdleConnections()
}

func TestATraceparentIsHandedOnAsItCame(t *testing.T) {
	require.Equal(t, traceparent, telemetry.Traceparent(telemetry.Within(t.Context(), traceparent)))
	require.Empty(t, telemetry.Traceparent(telemetry.Within(t.Context(), "nonsense")))
}
