package shipping_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/outbound"
	"makegood/shipping"
)

// What outbound says must reach the activity: it settles nothing, and says
// when to come back.
func TestACarrierThatIsAskedTooOftenSaysWhenToComeBack(t *testing.T) {
	w := newWorld(t)
	h, err := shipping.NewHTTP(shipping.Config{
		URL: w.url, Namespace: "test",
		Around: outbound.New(outbound.Config{Provider: "carrier", Rate: 0.1}).Around,
	})
	require.NoError(t, err)
	t.Cleanup(h.Close)
	o := orderTo("1 Main St", "10115")
	_, err = h.Ship(t.Context(), o)
	require.NoError(t, err)

	outcome, err := h.Fence(outbound.Hurry(t.Context()), o)
	require.Zero(t, outcome)
	var rejection *order.Rejection
	require.False(t, errors.As(err, &rejection))
	var asks interface{ WaitFor() time.Duration }
	require.ErrorAs(t, err, &asks)
	require.Greater(t, asks.WaitFor(), 8*time.Second)
	require.ErrorContains(t, err, "carrier was not asked: its rate is used up")
}
