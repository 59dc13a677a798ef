package incidents_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// Two orders are undeliverable, and the payment provider refuses to give their
// money back. Of one it can be talked into it.
func TestARefundThatIsRefused(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	stocked(t, s, "MUG-BLUE", 10)
	refused := func(r *order.Request) {
		r.PaymentMethod, r.ShippingAddress.PostalCode = "pm_sim_refuse_undo", "00000"
	}
	mendable := placed(t, s, "MUG-BLUE", order.NeedsAttention, refused)
	placed(t, s, "MUG-BLUE", order.NeedsAttention, refused)
	placed(t, s, "MUG-BLUE", order.Completed, asUsual)

	ada := newOnCall(t, s, "incidents/refund-refused.md", harness.Binary(t))
	ada.sees("What you see", "Look")
	require.NoError(t, s.EndFault(t.Context(), mendable)) // on the phone
	ada.does("The provider can be talked into it", "It can't")
	ada.sees("Afterwards")
	ada.ends(s)
}
