package payments_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/payments"
)

// The same promises at Stripe itself, in its test mode.
func TestStripesOwnTestMode(t *testing.T) {
	key := os.Getenv("STRIPE_API_KEY")
	if !strings.HasPrefix(key, "sk_test_") {
		t.Skip("skipped: set STRIPE_API_KEY=sk_test_… to charge and refund in Stripe's test mode")
	}
	run := "live-" + time.Now().UTC().Format("20060102-150405")
	gateway, err := payments.NewStripe(payments.Config{Key: key, Namespace: run})
	require.NoError(t, err)
	t.Cleanup(gateway.Close)
	as := func(id, method string) order.Order {
		o := paidWith(method)
		o.ID = order.ID(run + "-" + id)
		return o
	}

	t.Run("a charge is taken once and returned once", func(t *testing.T) {
		o := as("paid", "pm_card_visa")
		first, _ := settle(t, gateway.Charge, o)
		again, _ := settle(t, gateway.Charge, o)
		require.Equal(t, first, again)
		require.EqualValues(t, 2500, first.Amount)
		refund, _ := settle(t, gateway.Refund, o)
		require.EqualValues(t, 2500, refund.Amount)
		same, _ := settle(t, gateway.Refund, o)
		require.Equal(t, refund, same)
	})
	t.Run("a declined card takes nothing, again and again", func(t *testing.T) {
		o := as("declined", "pm_card_chargeDeclined")
		outcome, err := gateway.Charge(t.Context(), o)
		first := rejected(t, outcome, err)
		require.Equal(t, order.PaymentDeclined, first.Reason)
		outcome, err = gateway.Charge(t.Context(), o)
		require.Equal(t, first, rejected(t, outcome, err))
	})
	t.Run("a charge that asks its owner is declined", func(t *testing.T) {
		outcome, err := gateway.Charge(t.Context(), as("challenged", "pm_card_authenticationRequired"))
		require.Equal(t, order.PaymentDeclined, rejected(t, outcome, err).Reason)
	})
	t.Run("a refund before the charge fences it", func(t *testing.T) {
		o := as("fenced", "pm_card_visa")
		refund, _ := settle(t, gateway.Refund, o)
		require.True(t, refund.Null)
		outcome, err := gateway.Charge(t.Context(), o)
		require.Equal(t, order.Fenced, rejected(t, outcome, err).Reason)
	})
}
