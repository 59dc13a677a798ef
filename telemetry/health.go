package telemetry

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// probeTimeout keeps a readiness answer below the second that a Kubernetes
// probe waits unless told.
const probeTimeout = 800 * time.Millisecond

// Check is one thing that a role leans on.
type Check struct {
	// Name is what /readyz calls it: temporal, redis, broker.
	Name string
	// Required says that the role is of no use without it. The failure of any
	// other check degrades the role, and it stays ready.
	Required bool
	// Probe returns what is wrong, or nil. It must be safe to call at any
	// time and from several goroutines.
	Probe func(context.Context) error
}

// Readiness is the body of /readyz. Status is ready, degraded or unavailable.
type Readiness struct {
	Status string   `json:"status"`
	Checks []Result `json:"checks"`
}

// Result is how one check went. Status is ok, degraded or failed.
type Result struct {
	Name   string `json:"name"`
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// Ready runs all checks at once, each for at most 800 ms.
func Ready(ctx context.Context, checks []Check) Readiness {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	results := make([]Result, len(checks))
	var wait sync.WaitGroup
	for i, check := range checks {
		wait.Go(func() { results[i] = check.run(ctx) })
	}
	wait.Wait()
	readiness := Readiness{Status: "ready", Checks: results}
	for _, result := range results {
		switch {
		case result.Status == "failed":
			readiness.Status = "unavailable"
		case result.Status == "degraded" && readiness.Status == "ready":
			readiness.Status = "degraded"
		}
	}
	return readiness
}

// run gives up at the deadline even on a probe that doesn't.
func (c Check) run(ctx context.Context) Result {
	answer := make(chan error, 1)
	go func() { answer <- c.Probe(ctx) }()
	var err error
	select {
	case err = <-answer:
	case <-ctx.Done():
		err = ctx.Err()
	}
	switch {
	case err == nil:
		return Result{Name: c.Name, Status: "ok"}
	case c.Required:
		return Result{Name: c.Name, Status: "failed", Detail: err.Error()}
	default:
		return Result{Name: c.Name, Status: "degraded", Detail: err.Error()}
	}
}

// NewRegistry holds the metrics of the Go runtime, the process and the build.
func NewRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(
			// What is really held: the heap in use is mostly garbage where GOGC lets it grow.
			collectors.GoRuntimeMetricsRule{Matcher: regexp.MustCompile("^/gc/heap/live:bytes$")},
		)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
	)
	return registry
}

// Health answers /healthz (200 while the process lives), /readyz (503 once a
// required check fails) and /metrics.
func Health(checks []Check, registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		readiness := Ready(r.Context(), checks)
		status := http.StatusOK
		if readiness.Status == "unavailable" {
			status = http.StatusServiceUnavailable
		}
		writeJSON(w, status, readiness)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		Registry:          registry,
		EnableOpenMetrics: true, // exemplars have no place in the plain format
	}))
	return mux
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone: nobody to tell
}
