package payments_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/order"
	"makegood/payments"
	"makegood/simulators"
	"makegood/tests/hangup"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the simulated Stripe, the way there, and a gateway that goes it.
type world struct {
	*payments.Stripe
	url string // the simulator's, past the way

	mu       sync.Mutex
	requests []string
	// onTheWay may answer instead of Stripe (true), and what it calls goes on to Stripe.
	onTheWay func(w http.ResponseWriter, r *http.Request, stripe http.Handler) bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := simulators.New(simulators.Config{
		Addr: "127.0.0.1:0", SMTPAddr: "127.0.0.1:0", Dir: t.TempDir(),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	require.NoError(t, err)
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })

	w := &world{url: s.URL() + "/stripe"}
	target, err := url.Parse(s.URL())
	require.NoError(t, err)
	transport := &http.Transport{DisableKeepAlives: true}
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		// A cut connection stays cut.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	way := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.requests = append(w.requests, r.Method+" "+r.URL.Path)
		hook := w.onTheWay
		w.mu.Unlock()
		if hook == nil || !hook(rw, r, proxy) {
			proxy.ServeHTTP(rw, r)
		}
	}))
	way.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	way.Start()
	t.Cleanup(way.Close)
	w.Stripe, err = payments.NewStripe(payments.Config{Key: "sk_test_makegood", URL: way.URL + "/stripe", Namespace: "test's"})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	return w
}

// intercept puts a hook on the way from now on.
func (w *world) intercept(hook func(http.ResponseWriter, *http.Request, http.Handler) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onTheWay = hook
}

// hangUpOnConfirm charges and gives up as soon as Stripe has the confirm.
func (w *world) hangUpOnConfirm(t *testing.T, o order.Order) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// The confirm's body, and no other, asks for the latest charge.
	direct, err := payments.NewStripe(payments.Config{
		Key: "sk_test_makegood", URL: w.url, Namespace: "test's", Around: hangup.After("latest_charge", cancel),
	})
	require.NoError(t, err)
	defer direct.Close()
	_, err = direct.Charge(ctx, o)
	return err
}

// count forgets what was requested so far and returns how much that was.
func (w *world) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.requests)
	w.requests = nil
	return n
}

type ledgerIntent struct {
	ID             string
	Status         string
	Amount         int64
	AmountReceived int64 `json:"amount_received"`
	Metadata       map[string]string
}

type ledgerRefund struct {
	ID     string
	Status string
	Amount int64
}

// books reads the order's intents and their refunds straight from Stripe.
func (w *world) books(t *testing.T, id order.ID) (intents []ledgerIntent, refunds []ledgerRefund) {
	t.Helper()
	var found struct{ Data []ledgerIntent }
	w.get(t, "/v1/payment_intents/search?query="+url.QueryEscape("metadata['order_id']:'"+string(id)+"'"), &found)
	for _, intent := range found.Data {
		var all struct{ Data []ledgerRefund }
		w.get(t, "/v1/refunds?payment_intent="+intent.ID, &all)
		refunds = append(refunds, all.Data...)
	}
	return found.Data, refunds
}

func (w *world) get(t *testing.T, path string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+path, nil)
	require.NoError(t, err)
	req.SetBasicAuth("sk_test_auditor", "")
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, json.NewDecoder(res.Body).Decode(into))
}

// paidWith is an order of 25.00 euro.
func paidWith(method string) order.Order {
	return order.Order{ID: "ord_1", PlacedAt: time.Now().UTC(), Request: order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR", PaymentMethod: method,
		Lines:           []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
		ShippingAddress: order.Address{Name: "Ada", Line1: "1 Main St", City: "Berlin", PostalCode: "10115", Country: "DE"},
	}}
}

// settle repeats a step until it settles, as the saga does, and says how many
// attempts failed before.
func settle(t *testing.T, step func(context.Context, order.Order) (order.Outcome, error), o order.Order) (order.Outcome, int) {
	t.Helper()
	var outcome order.Outcome
	failed := -1
	require.Eventually(t, func() bool {
		failed++
		var err error
		outcome, err = step(t.Context(), o)
		return err == nil
	}, 20*time.Second, 5*time.Millisecond)
	return outcome, failed
}

// rejected asserts that a step refuses, and returns the refusal's outcome.
func rejected(t *testing.T, outcome order.Outcome, err error) order.Outcome {
	t.Helper()
	var rejection *order.Rejection
	require.ErrorAs(t, err, &rejection)
	require.Zero(t, outcome)
	return rejection.Outcome
}
