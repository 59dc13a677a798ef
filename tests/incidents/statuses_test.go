package incidents_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// The page of statuses says how to find out why an order stays in one.
func TestAnOrderThatStaysInItsStatus(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	stocked(t, s, "MUG-BLUE", 10)
	stays := placed(t, s, "MUG-BLUE", order.Reserved, carrierDown)

	ada := newOnCall(t, s, "statuses.md", harness.Binary(t))
	ada.sees("placed, charged, reserved")
	require.NoError(t, s.EndFault(t.Context(), stays))
	require.Equal(t, order.Completed, s.Final(t, stays).Status)
	ada.ends(s)
}
