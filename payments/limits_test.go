package payments_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/outbound"
	"makegood/payments"
)

// What outbound says must come through stripe-go to the activity: it settles
// nothing, and says when to come back.
func TestStripeThatIsAskedTooOftenSaysWhenToComeBack(t *testing.T) {
	w := newWorld(t)
	gateway, err := payments.NewStripe(payments.Config{
		Key: "sk_test_makegood", URL: w.url, Namespace: "limits",
		Around: outbound.New(outbound.Config{Provider: "stripe", Rate: 0.1}).Around,
	})
	require.NoError(t, err)
	t.Cleanup(gateway.Close)

	// One token: the intent is created, and its confirmation has to wait.
	outcome, err := gateway.Charge(outbound.Hurry(t.Context()), paidWith("pm_card_visa"))
	require.Zero(t, outcome)
	var rejection *order.Rejection
	require.False(t, errors.As(err, &rejection))
	var asks interface{ WaitFor() time.Duration }
	require.ErrorAs(t, err, &asks)
	require.Greater(t, asks.WaitFor(), 8*time.Second)
	require.ErrorContains(t, err, "stripe was not asked: its rate is used up")
}
