package telemetry_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/telemetry"
)

func TestReadinessNamesWhatIsWrong(t *testing.T) {
	fine := telemetry.Check{Name: "temporal", Required: true, Probe: func(context.Context) error { return nil }}
	down := errors.New("connection refused")
	released := make(chan struct{})
	defer close(released)
	tests := []struct {
		name    string
		check   telemetry.Check
		code    int
		status  string
		verdict telemetry.Result
	}{
		{"all is well", telemetry.Check{Name: "redis", Probe: func(context.Context) error { return nil }},
			http.StatusOK, "ready", telemetry.Result{Name: "redis", Status: "ok"}},
		{"a role without its broker is degraded and ready", telemetry.Check{Name: "broker", Probe: func(context.Context) error { return down }},
			http.StatusOK, "degraded", telemetry.Result{Name: "broker", Status: "degraded", Detail: "connection refused"}},
		{"a role without what it requires is not ready", telemetry.Check{Name: "redis", Required: true, Probe: func(context.Context) error { return down }},
			http.StatusServiceUnavailable, "unavailable", telemetry.Result{Name: "redis", Status: "failed", Detail: "connection refused"}},
		{"a probe that never ends fails in time", telemetry.Check{Name: "redis", Required: true, Probe: func(context.Context) error { <-released; return nil }},
			http.StatusServiceUnavailable, "unavailable", telemetry.Result{Name: "redis", Status: "failed", Detail: context.DeadlineExceeded.Error()}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := httptest.NewRecorder()
			telemetry.Health([]telemetry.Check{fine, test.check}, telemetry.NewRegistry()).
				ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			require.Equal(t, test.code, answer.Code)
			var got telemetry.Readiness
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &got))
			require.Equal(t, test.status, got.Status)
			require.Equal(t, []telemetry.Result{{Name: "temporal", Status: "ok"}, test.verdict}, got.Checks)
		})
	}
}

func TestMetricsHoldRuntimeAndBuild(t *testing.T) {
	answer := httptest.NewRecorder()
	telemetry.Health(nil, telemetry.NewRegistry()).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, metric := range []string{"go_goroutines", "process_open_fds", "go_build_info"} {
		require.Contains(t, answer.Body.String(), metric)
	}
}
