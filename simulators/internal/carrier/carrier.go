// Package carrier simulates the parcel carrier whose contract is
// docs/carrier.openapi.yaml. Each reference of a shipper has one record, the
// first outcome that it came to, and every later request hears it again.
package carrier

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"makegood/simulators/internal/faults"
	"makegood/simulators/internal/ledger"
)

const (
	references = "references" // shipper, reference → its record
	parcels    = "parcels"    // parcel id → the same record, where there is a parcel
	parcelsOf  = "parcels_of" // reference, parcel id → parcel id
)

// API is the simulated carrier.
type API struct {
	ledger *ledger.Ledger
	faults *faults.Injector
	log    *slog.Logger
	mux    *http.ServeMux
}

// Open opens the ledger file. The end of life ends what a fault delays.
func Open(life context.Context, file string, log *slog.Logger) (*API, error) {
	book, err := ledger.Open(file, references, parcels, parcelsOf, faults.Bucket)
	if err != nil {
		return nil, err
	}
	a := &API{ledger: book, faults: faults.New(life, book), log: log, mux: http.NewServeMux()}
	a.mux.HandleFunc("PUT /shipments/{reference}", a.put(false))
	a.mux.HandleFunc("PUT /shipments/{reference}/fence", a.put(true))
	a.mux.HandleFunc("GET /shipments/{reference}", a.get)
	a.mux.HandleFunc("GET /shipments", a.list)
	return a, nil
}

// Close waits for changes under way and closes the ledger.
func (a *API) Close() error { return a.ledger.Close() }

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	a.mux.ServeHTTP(w, r)
}

// EndFault ends the fault that a reference's address asks for.
func (a *API) EndFault(reference string) error { return a.faults.End(reference) }

// join makes a ledger key of parts that may hold any character but this one.
func join(parts ...string) string { return strings.Join(parts, "\x00") }

// refusal is an answer that is not a record.
type refusal struct {
	status int
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (r *refusal) Error() string { return r.Detail }

func (a *API) answer(w http.ResponseWriter, r *http.Request, status int, body any, err error) {
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		status, body = refused.status, refused
	case err != nil:
		a.log.Error("carrier simulator", "path", r.URL.Path, "error", err)
		status, body = http.StatusInternalServerError, &refusal{Code: "broken", Detail: "An error occurred in the simulator."}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever hung up will ask again
}
