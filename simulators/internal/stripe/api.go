// Package stripe speaks the part of Stripe's HTTP API that charges and refunds
// a card: payment intents, charges and refunds, with idempotency keys as Stripe
// documents them. It keeps a ledger of its own and never moves money.
package stripe

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"makegood/simulators/internal/faults"
	"makegood/simulators/internal/ledger"
)

const (
	intents   = "intents"
	charges   = "charges"
	refunds   = "refunds"
	keys      = "keys"       // idempotency key → the first result
	orders    = "orders"     // metadata.order_id / intent id → intent id
	refundsOf = "refunds_of" // intent id / refund id → refund id
)

// API is the simulated Stripe.
type API struct {
	ledger *ledger.Ledger
	faults *faults.Injector
	busy   busy
	log    *slog.Logger
	mux    *http.ServeMux
}

// Open opens the ledger file. The end of life ends what a fault delays.
func Open(life context.Context, file string, log *slog.Logger) (*API, error) {
	book, err := ledger.Open(file, intents, charges, refunds, keys, orders, refundsOf, faults.Bucket)
	if err != nil {
		return nil, err
	}
	a := &API{ledger: book, faults: faults.New(life, book), log: log, mux: http.NewServeMux()}
	a.mux.HandleFunc("POST /v1/payment_intents", a.write(a.createIntent, methodInForm))
	a.mux.HandleFunc("POST /v1/payment_intents/{intent}/confirm", a.write(a.confirmIntent, methodOfIntent))
	a.mux.HandleFunc("POST /v1/payment_intents/{intent}/cancel", a.write(a.cancelIntent, undoOfIntent))
	a.mux.HandleFunc("POST /v1/refunds", a.write(a.createRefund, undoOfPayment))
	a.mux.HandleFunc("GET /v1/payment_intents/{intent}", a.read(a.retrieveIntent))
	a.mux.HandleFunc("GET /v1/payment_intents", a.read(a.listIntents))
	a.mux.HandleFunc("GET /v1/payment_intents/search", a.read(a.searchIntents))
	a.mux.HandleFunc("GET /v1/charges/{id}", a.read(a.retrieveCharge))
	a.mux.HandleFunc("GET /v1/refunds/{id}", a.read(a.retrieveRefund))
	a.mux.HandleFunc("GET /v1/refunds", a.read(a.listRefunds))
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		f := invalid("", "", "Unrecognized request URL (%s: %s).", r.Method, r.URL.Path)
		f.status = http.StatusNotFound
		a.answer(w, r, nil, f)
	})
	return a, nil
}

// EndFault ends the fault that an order's payment method asks for.
func (a *API) EndFault(orderID string) error { return a.faults.End(orderID) }

// Close waits for changes under way and closes the ledger.
func (a *API) Close() error { return a.ledger.Close() }

// ServeHTTP answers below /v1. It asks for a key, and takes any.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Request-Id", "req_"+rand.Text()[:14])
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		key, _, _ = r.BasicAuth() // as curl -u sk_test_…: does
	}
	if key == "" {
		f := invalid("", "", "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
		f.status = http.StatusUnauthorized
		a.answer(w, r, nil, f)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		a.answer(w, r, nil, invalid("", "", "Invalid request: %v", err))
		return
	}
	a.mux.ServeHTTP(w, r)
}

// action reads or changes the ledger for a request. It returns a *failure for
// what Stripe refuses, and any other error for what went wrong in here.
type action func(tx *ledger.Tx, r *http.Request) (object any, err error)

func (a *API) read(act action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var object any
		err := a.ledger.View(func(tx *ledger.Tx) (err error) {
			object, err = act(tx, r)
			return err
		})
		a.answer(w, r, object, err)
	}
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, object any, err error) {
	var refused *failure
	if err != nil && !errors.As(err, &refused) {
		refused = a.broken(r, err)
	}
	status, body, err := encode(object, refused)
	if err != nil {
		status, body, _ = encode(nil, a.broken(r, err))
	}
	write(w, status, body)
}

func (a *API) broken(r *http.Request, err error) *failure {
	a.log.Error("stripe simulator", "path", r.URL.Path, "error", err)
	return &failure{Type: "api_error", Message: "An error occurred in the simulator.", status: http.StatusInternalServerError}
}
