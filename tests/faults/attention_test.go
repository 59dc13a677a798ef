package faults_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// stuck is an order whose next step only a person can help along.
type stuck struct {
	name   string
	change func(*order.Request)
	// breaks is what happens once the order has the status after.
	after  order.Status
	breaks func(p patient) error
	waits  order.Step
	// mends is what the person sees to before the word.
	mends func(p patient) error
	word  workflows.Word
	ends  order.Status
	// tells are the last events.
	tells string
}

var byHand = workflows.Word{Action: workflows.Settled, By: "Grace", Note: "seen to by hand", Reference: "4711"}

func settled(step order.Step) workflows.Word {
	word := byHand
	word.Step = step
	return word
}

func refusesRefund(r *order.Request) { r.PaymentMethod = "pm_sim_refuse_undo"; isUndeliverable(r) }
func refusesFence(r *order.Request) {
	r.ShippingAddress.Line1 = "sim:refuse_undo"
	r.PaymentMethod = "pm_sim_slow_20000"
}
func shipsSlowly(r *order.Request)    { r.ShippingAddress.Line1 = "sim:slow_6000" }
func isRefusedLater(r *order.Request) { shipsSlowly(r); isUndeliverable(r) }
func mended(p patient) error          { return p.EndFault(context.Background(), p.id) }
func cancelled(p patient) error {
	return harness.Insist(context.Background(), func() error {
		_, err := p.API.Cancel(context.Background(), p.id)
		return err
	})
}

var retry = workflows.Word{Action: workflows.Retry}

var waiting = []stuck{
	{name: "a refund works again", change: refusesRefund, waits: order.Refund, mends: mended, word: retry,
		ends: order.Rejected, tells: "order.needs_attention payment.refunded order.rejected"},
	{name: "a refund is paid by hand", change: refusesRefund, waits: order.Refund, word: settled(order.Refund),
		ends: order.Rejected, tells: "order.needs_attention compensation.settled order.rejected"},
	{name: "a fence works again", change: refusesFence, after: order.Placed, breaks: cancelled, waits: order.Fence, mends: mended, word: retry,
		ends: order.Cancelled, tells: "order.placed order.cancelled"},
	{name: "a carrier promises by telephone", change: refusesFence, after: order.Placed, breaks: cancelled, waits: order.Fence, word: settled(order.Ship),
		ends: order.Cancelled, tells: "order.placed compensation.settled order.cancelled"},
	{name: "units are put back by hand", change: isRefusedLater, after: order.Reserved, breaks: patient.unhold, waits: order.Release, word: settled(order.Release),
		ends: order.Rejected, tells: "order.needs_attention compensation.settled payment.refunded order.rejected"},
	{name: "units are held again", change: isRefusedLater, after: order.Reserved, breaks: patient.unhold, waits: order.Release, mends: patient.hold, word: retry,
		ends: order.Rejected, tells: "order.needs_attention stock.released payment.refunded order.rejected"},
	{name: "units are taken out by hand", change: shipsSlowly, after: order.Reserved, breaks: patient.unhold, waits: order.Commit, mends: patient.takeOut, word: settled(order.Commit),
		ends: order.Completed, tells: "shipment.scheduled compensation.settled order.completed"},
}

// An order that only a person can help along says so wherever people look, and
// either word ends it with the books right.
func TestAPersonEndsWhatWaits(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Setting("ATTENTION_AFTER", "2s"))
	t.Run("each", func(t *testing.T) {
		for _, row := range waiting {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				p := admit(t, s, row)
				if row.breaks != nil {
					p.until(t, row.after)
					require.NoError(t, row.breaks(p))
				}
				p.until(t, order.NeedsAttention)
				p.isSeen(t, row.waits)
				acts := []func() error{func() error { return p.say(row.word) }}
				if row.mends != nil {
					acts = append(acts, func() error { return row.mends(p) })
				}
				if row.word.Action == workflows.Settled {
					slices.Reverse(acts) // once mended, a retry might come too late
				}
				for _, act := range acts {
					require.NoError(t, act())
				}
				require.Equal(t, row.ends, s.Final(t, p.id).Status)
				s.Closed(t, p.id)
				p.told(t, row)
				require.ErrorContains(t, p.say(retry), "waits for nobody")
			})
		}
	})
	s.RequireSound(t)
}
