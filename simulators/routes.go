package simulators

import (
	_ "embed"
	"errors"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

//go:embed index.html
var index []byte

func (s *Simulators) routes() http.Handler {
	registry := prometheus.NewRegistry()
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "makegood_simulator_requests_total",
		Help: "Requests that a simulator answered. What a fault cut off is not among them.",
	}, []string{"simulator", "method", "code"})
	registry.MustRegister(requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	mux := http.NewServeMux()
	mount := func(name string, handler http.Handler) {
		counted := promhttp.InstrumentHandlerCounter(requests.MustCurryWith(prometheus.Labels{"simulator": name}), handler)
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, counted))
	}
	mount("stripe", s.stripe)
	mount("carrier", s.carrier)
	mount("mail", s.mailbox)
	mux.HandleFunc("GET /mail", func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/" // the mailbox's own root, without a redirect that plain curl would show
		s.mailbox.ServeHTTP(w, r)
	})
	mux.HandleFunc("DELETE /faults/{order}", s.endFaults)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	// It is ready from its first answer on: the ledgers were open before the port.
	mux.HandleFunc("GET /healthz", ok)
	mux.HandleFunc("GET /readyz", ok)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(index)
	})
	return mux
}

// endFaults lets all that was asked to fail for an order go well from now on,
// as after somebody has mended it.
func (s *Simulators) endFaults(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("order")
	if err := errors.Join(s.stripe.EndFault(id), s.carrier.EndFault(id)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	ok(w, r)
}

func ok(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"ok"}` + "\n"))
}
