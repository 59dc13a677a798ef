package payments_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/payments"
)

func TestChargeTakesTheTotalInTwoRequests(t *testing.T) {
	w := newWorld(t)
	o := paidWith("pm_card_visa")
	first, err := w.Charge(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, 2, w.count())

	intents, refunds := w.books(t, o.ID)
	require.Len(t, intents, 1)
	require.Empty(t, refunds)
	require.Equal(t, "succeeded", intents[0].Status)
	require.EqualValues(t, 2500, intents[0].AmountReceived)
	require.Equal(t, map[string]string{"order_id": "ord_1", "namespace": "test's", "fingerprint": o.Fingerprint()}, intents[0].Metadata)
	require.Equal(t, order.Outcome{Step: order.Charge, At: first.At, Reference: intents[0].ID, Amount: 2500}, first)
	require.WithinDuration(t, time.Now(), first.At, 5*time.Second)

	again, err := w.Charge(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, first, again)
}

func TestChargeIsRefusedTheSameWayEachTime(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*order.Order)
		detail string
		status string // of the one intent; empty: there is none
	}{
		"a declined card": {func(o *order.Order) { o.PaymentMethod = "pm_card_chargeDeclined" }, "Your card was declined.", "canceled"},
		"a card without funds": {
			func(o *order.Order) { o.PaymentMethod = "pm_card_chargeDeclinedInsufficientFunds" }, "Your card has insufficient funds.", "canceled"},
		"a card whose holder would have to authenticate": {
			func(o *order.Order) { o.PaymentMethod = "pm_card_authenticationRequired" }, "without its owner", "canceled"},
		"an amount below the currency's minimum": {func(o *order.Order) { o.Lines[0].UnitPrice = 10 }, "at least 50 eur", ""},
		"an amount above the maximum":            {func(o *order.Order) { o.Lines[0].UnitPrice = order.MaxTotal }, "no more than 99999999", ""},
		"a payment method that does not exist":   {func(o *order.Order) { o.PaymentMethod = "pm_nobody" }, "No such PaymentMethod: 'pm_nobody'", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := paidWith("")
			c.change(&o)
			outcome, err := w.Charge(t.Context(), o)
			first := rejected(t, outcome, err)
			require.Equal(t, order.PaymentDeclined, first.Reason)
			require.Equal(t, order.Charge, first.Step)
			require.Contains(t, first.Detail, c.detail)

			nextSecond(t) // Stripe's times have whole seconds; a new one would show
			outcome, err = w.Charge(t.Context(), o)
			require.Equal(t, first, rejected(t, outcome, err))

			refund, err := w.Refund(t.Context(), o)
			require.NoError(t, err)
			require.True(t, refund.Null)
			require.Equal(t, first.At, refund.At)
			outcome, err = w.Charge(t.Context(), o)
			require.Equal(t, first, rejected(t, outcome, err))

			intents, refunds := w.books(t, o.ID)
			require.Empty(t, refunds)
			if c.status == "" {
				require.Empty(t, intents)
				return
			}
			require.Len(t, intents, 1)
			require.Equal(t, c.status, intents[0].Status)
			require.Zero(t, intents[0].AmountReceived)
		})
	}
}

// nextSecond waits until the clock shows another second.
func nextSecond(t *testing.T) {
	t.Helper()
	now := time.Now().Unix()
	require.Eventually(t, func() bool { return time.Now().Unix() > now }, 10*time.Second, time.Millisecond)
}

func TestChargeIsTakenOnceWhateverFailsMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		method      string
		least, most int // failed attempts
	}{
		"when nothing fails":      {"pm_card_visa", 0, 0},
		"when Stripe fails twice": {"pm_sim_fail_2", 2, 2},
		// Go's transport asks again by itself when a kept-alive connection
		// breaks under a request that has an idempotency key.
		"when the reply of the confirm is lost":  {"pm_sim_lost_1", 0, 1},
		"when every reply of confirms is lost":   {"pm_sim_lost_always", 1, 1},
		"when only undoing would fail":           {"pm_sim_fail_undo_always", 0, 0},
		"when undoing would be refused for good": {"pm_sim_refuse_undo", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := paidWith(c.method)
			outcome, failed := settle(t, w.Charge, o)
			require.GreaterOrEqual(t, failed, c.least)
			require.LessOrEqual(t, failed, c.most)
			require.EqualValues(t, 2500, outcome.Amount)
			intents, _ := w.books(t, o.ID)
			require.Len(t, intents, 1)
			require.EqualValues(t, 2500, intents[0].AmountReceived)
			require.Equal(t, outcome.Reference, intents[0].ID)
		})
	}
}

func TestChargeThatHangsTakesTheMoneyThoughNobodyWaits(t *testing.T) {
	w := newWorld(t)
	o := paidWith("pm_sim_slow_300")
	require.ErrorIs(t, w.hangUpOnConfirm(t, o), context.Canceled)
	require.Eventually(t, func() bool {
		intents, _ := w.books(t, o.ID)
		return len(intents) == 1 && intents[0].Status == "succeeded"
	}, 30*time.Second, 10*time.Millisecond)

	outcome, err := w.Charge(t.Context(), o)
	require.NoError(t, err)
	require.EqualValues(t, 2500, outcome.Amount)
}

func TestChargeOfFiftyAttemptsAtOnceIsOneCharge(t *testing.T) {
	w := newWorld(t)
	o := paidWith("pm_card_visa")
	var attempts sync.WaitGroup
	outcomes := make([]order.Outcome, 50)
	for n := range outcomes {
		attempts.Go(func() { outcomes[n], _ = settle(t, w.Charge, o) })
	}
	attempts.Wait()
	for _, outcome := range outcomes {
		require.Equal(t, outcomes[0], outcome)
	}
	intents, _ := w.books(t, o.ID)
	require.Len(t, intents, 1)
	require.EqualValues(t, 2500, intents[0].AmountReceived)
}

func TestChargeForAnotherBodyIsAHardError(t *testing.T) {
	w := newWorld(t)
	o := paidWith("pm_card_visa")
	_, err := w.Charge(t.Context(), o)
	require.NoError(t, err)
	o.Email = "eve@example.com"
	_, err = w.Charge(t.Context(), o)
	require.ErrorIs(t, err, order.ErrFingerprint)
	_, err = w.Refund(t.Context(), o)
	require.ErrorIs(t, err, order.ErrFingerprint)
}

func TestChargeErrorsSettleNothing(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header string
		body   string
		want   payments.Error
	}{
		"a rate limit says when to come back": {429, "7",
			`{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Too many requests"}}`,
			payments.Error{Status: 429, Type: "invalid_request_error", Code: "rate_limit", Message: "Too many requests", RetryAfter: 7 * time.Second}},
		"a wrong API key": {401, "",
			`{"error":{"type":"invalid_request_error","message":"Invalid API Key provided"}}`,
			payments.Error{Status: 401, Type: "invalid_request_error", Message: "Invalid API Key provided"}},
		"a key whose first request is still under way": {409, "",
			`{"error":{"type":"idempotency_error","code":"idempotency_key_in_use","message":"Still going"}}`,
			payments.Error{Status: 409, Type: "idempotency_error", Code: "idempotency_key_in_use", Message: "Still going"}},
		"an error of Stripe's own": {500, "",
			`{"error":{"type":"api_error","message":"Sorry"}}`,
			payments.Error{Status: 500, Type: "api_error", Message: "Sorry"}},
		"a request that Stripe finds invalid for what is not the order's": {400, "",
			`{"error":{"type":"invalid_request_error","param":"metadata","message":"Too long"}}`,
			payments.Error{Status: 400, Type: "invalid_request_error", Message: "Too long"}},
	} {
		for _, at := range []string{"/payment_intents", "/confirm"} {
			t.Run(name+" at "+at, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.intercept(func(rw http.ResponseWriter, r *http.Request, _ http.Handler) bool {
					if !strings.HasSuffix(r.URL.Path, at) {
						return false
					}
					if c.header != "" {
						rw.Header().Set("Retry-After", c.header)
					}
					rw.WriteHeader(c.status)
					_, _ = rw.Write([]byte(c.body))
					return true
				})
				_, err := w.Charge(t.Context(), paidWith("pm_card_visa"))
				var said *payments.Error
				require.ErrorAs(t, err, &said)
				require.Equal(t, c.want, *said)
				require.NotContains(t, err.Error(), "secret")
			})
		}
	}
}
