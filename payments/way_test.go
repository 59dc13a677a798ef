package payments_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"makegood/order"
)

// once is a hook that strikes the first request whose method and end of path match.
func once(method, end string, strike func(http.ResponseWriter, *http.Request, http.Handler)) func(http.ResponseWriter, *http.Request, http.Handler) bool {
	var struck atomic.Bool
	return func(w http.ResponseWriter, r *http.Request, stripe http.Handler) bool {
		if r.Method != method || !strings.HasSuffix(r.URL.Path, end) || struck.Swap(true) {
			return false
		}
		strike(w, r, stripe)
		return true
	}
}

// swallow lets the request take effect and cuts the connection.
func swallow(_ http.ResponseWriter, r *http.Request, stripe http.Handler) {
	stripe.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

func TestAnyLostReplyLeavesOneChargeAndOneRefund(t *testing.T) {
	for _, end := range []string{"/payment_intents", "/confirm", "/refunds"} {
		t.Run(end, func(t *testing.T) {
			w := newWorld(t)
			w.intercept(once(http.MethodPost, end, swallow))
			o := paidWith("pm_card_visa")
			charge, _ := settle(t, w.Charge, o)
			require.EqualValues(t, 2500, charge.Amount)
			refund, _ := settle(t, w.Refund, o)
			require.EqualValues(t, 2500, refund.Amount)
			intents, refunds := w.books(t, o.ID)
			require.Len(t, intents, 1)
			require.Len(t, refunds, 1)
		})
	}
	for _, end := range []string{"/confirm", "/cancel"} {
		t.Run("of a decline at "+end, func(t *testing.T) {
			w := newWorld(t)
			w.intercept(once(http.MethodPost, end, swallow))
			o := paidWith("pm_card_chargeDeclined")
			var refusal *order.Rejection
			require.Eventually(t, func() bool {
				_, err := w.Charge(t.Context(), o)
				return errors.As(err, &refusal)
			}, 30*time.Second, time.Millisecond)
			require.Equal(t, order.PaymentDeclined, refusal.Outcome.Reason)
			intents, _ := w.books(t, o.ID)
			require.Len(t, intents, 1)
			require.Equal(t, "canceled", intents[0].Status)
		})
	}
}

// Stripe remembers the first result of a key for a day, also where that is an
// error of its own, so repeating the request alone would never get anywhere.
func TestAServerErrorThatStripeRemembersIsOvercome(t *testing.T) {
	for _, end := range []string{"/payment_intents", "/confirm", "/refunds"} {
		t.Run(end, func(t *testing.T) {
			w := newWorld(t)
			var mu sync.Mutex
			seen := map[string]bool{}
			w.intercept(func(rw http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				key := r.Header.Get("Idempotency-Key")
				if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, end) || strings.HasSuffix(key, "/3") {
					return false
				}
				mu.Lock()
				defer mu.Unlock()
				if seen[key] {
					rw.Header().Set("Idempotent-Replayed", "true")
				}
				seen[key] = true
				rw.WriteHeader(http.StatusInternalServerError)
				_, _ = rw.Write([]byte(`{"error":{"type":"api_error","message":"Sorry"}}`))
				return true
			})
			o := paidWith("pm_card_visa")
			charge, _ := settle(t, w.Charge, o)
			again, err := w.Charge(t.Context(), o)
			require.NoError(t, err)
			require.Equal(t, charge, again)
			refund, _ := settle(t, w.Refund, o)
			require.EqualValues(t, 2500, refund.Amount)
			require.Len(t, seen, 2)
			intents, refunds := w.books(t, o.ID)
			require.Len(t, intents, 1)
			require.Len(t, refunds, 1)
		})
	}
}

func TestAnOldOrderIsFoundThoughTheSearchLagsOrFails(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"it lags": {http.StatusOK, `{"object":"search_result","data":[],"has_more":false}`},
		"it is not offered to this account": {http.StatusBadRequest,
			`{"error":{"type":"invalid_request_error","message":"Search is not available in your country"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := paidWith("pm_card_visa")
			first, err := w.Charge(t.Context(), o)
			require.NoError(t, err)
			for n := range 120 { // more than a page of the list
				other := paidWith("pm_card_visa")
				other.ID += order.ID("_" + strings.Repeat("x", n))
				_, err := w.Charge(t.Context(), other)
				require.NoError(t, err)
			}
			w.intercept(func(rw http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if !strings.HasSuffix(r.URL.Path, "/search") {
					return false
				}
				rw.WriteHeader(answer.status)
				_, _ = rw.Write([]byte(answer.body))
				return true
			})
			again, err := w.Charge(t.Context(), older(o, 23*time.Hour+30*time.Minute))
			require.NoError(t, err)
			require.Equal(t, first, again)
		})
	}
}

// An attempt that stands still just before its confirm comes back to a world
// where another attempt charged and the saga refunded. Stripe replays "succeeded".
func TestAConfirmThatComesAfterTheRefundIsFenced(t *testing.T) {
	w := newWorld(t)
	o := paidWith("pm_card_visa")
	w.intercept(once(http.MethodPost, "/confirm", func(rw http.ResponseWriter, r *http.Request, stripe http.Handler) {
		_, err := w.Charge(r.Context(), o)
		assert.NoError(t, err)
		_, err = w.Refund(r.Context(), o)
		assert.NoError(t, err)
		stripe.ServeHTTP(rw, r)
	}))
	outcome, err := w.Charge(t.Context(), o)
	require.Equal(t, order.Fenced, rejected(t, outcome, err).Reason)
	intents, refunds := w.books(t, o.ID)
	require.Len(t, intents, 1)
	require.Len(t, refunds, 1)
}
