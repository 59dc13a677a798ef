package invariants_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/invariants"
	"makegood/order"
)

type row struct {
	name      string
	breaks    func(b *books)
	invariant invariants.Invariant
	seen      string
}

// Each row breaks the sound books in one way.
var rows = []row{
	{"a completed order was refunded", func(b *books) { b.refund(ships, 2500, "succeeded") }, invariants.NetMoney, "2500 was taken and 2500 returned of an order that is completed; it must leave 2500"},
	{"a completed order was paid in part", func(b *books) { b.intent(ships).Taken = 2499 }, invariants.NetMoney, "2499 was taken"},
	{"a completed order was never paid", func(b *books) { b.forget(ships) }, invariants.NetMoney, "0 was taken"},
	{"a rejected order was not refunded", func(b *books) { b.Refunds = nil }, invariants.NetMoney, "2500 was taken and 0 returned of an order that is rejected"},
	{"a refund failed days later", func(b *books) { b.Refunds[0].Status = "failed" }, invariants.NetMoney, "0 returned"},
	{"a refund is still on its way", func(b *books) { b.Refunds[0].Status = "pending" }, invariants.NetMoney, "0 returned"},
	{"money was taken twice, and once returned", func(b *books) { b.capture("pi_again", ships, 2500); b.refundOf("pi_again", 2500) }, invariants.OneCapture, "money was taken 2 times, 5000 in all"},
	{"an order was refunded twice", func(b *books) { b.refund(undeliverable, 2500, "pending") }, invariants.RefundWithinCapture, "took 2500, and its refunds are 5000"},
	{"a declined intent was left confirmable", func(b *books) { b.intent(declined).Status = "requires_payment_method" }, invariants.NoOpenIntent, "is requires_payment_method, and the order rejected"},
	{"a completed order has no parcel", func(b *books) { b.Parcels = nil }, invariants.OneParcel, "0 parcels of an order that is completed"},
	{"a completed order has two parcels", func(b *books) { b.parcel(ships) }, invariants.OneParcel, "2 parcels"},
	{"an order was shipped and refunded", func(b *books) { b.parcel(undeliverable) }, invariants.OneParcel, "1 parcels of an order that is rejected"},
	{"units left the stock for nothing", func(b *books) { b.Stock[0].OnHand-- }, invariants.StockConserved, "10 was put in and 7 is on hand, so 3 have left; the orders say 2"},
	{"units came from nowhere", func(b *books) { b.Stock[1].OnHand++ }, invariants.StockConserved, "so -1 have left; the orders say 0"},
	{"what was shipped was never in stock", func(b *books) { b.Stock = b.Stock[1:] }, invariants.StockConserved, "2 were shipped of a SKU that was never in stock"},
	{"stock is held by nobody", func(b *books) { b.Stock[0].Held = 2 }, invariants.NothingHeld, "2 is held; the orders say 0"},
	{"more was released than was held", func(b *books) { b.Stock[0].Held = -1 }, invariants.NothingHeld, "-1 is held"},
	{"an end was never announced", func(b *books) { b.drop(ships, 5) }, invariants.OneTerminalEvent, "it is completed, and its events are [order.placed payment.charged stock.reserved shipment.scheduled]"},
	{"no event was heard", func(b *books) {
		b.Events = slices.DeleteFunc(b.Events, func(e events.Event) bool { return e.Subject == ships })
	}, invariants.OneTerminalEvent, "its events are []"},
	{"two ends were announced", func(b *books) { b.tell(ships, 6, order.EventRejected) }, invariants.OneTerminalEvent, "order.completed order.rejected]"},
	{"another end was announced", func(b *books) { b.drop(ships, 5); b.tell(ships, 5, order.EventCancelled) }, invariants.OneTerminalEvent, "it is completed, and its events are"},
	{"an event came after the end", func(b *books) { b.tell(ships, 6, order.EventReleased) }, invariants.OneTerminalEvent, "stock.released]"},
	{"an event is missing", func(b *books) { b.drop(ships, 3) }, invariants.GaplessSequence, "the numbers [1 2 4 5]"},
	{"the first event is missing", func(b *books) { b.drop(ships, 1) }, invariants.GaplessSequence, "the numbers [2 3 4 5]"},
	{"a number was given to two events", func(b *books) { b.Events[1].ID = "evt"; b.Events = append(b.Events, told[ships][1]) }, invariants.GaplessSequence, "number 2 is of event evt and of event"},
	{"an event was repeated with another body", func(b *books) {
		other := b.Events[0]
		other.Body = []byte(`{"other":true}`)
		b.Events = append(b.Events, other)
	}, invariants.OneBodyPerEvent, `(order.placed) was published as {`},
	{"money was taken for nobody", func(b *books) { b.capture("pi_stray", "ord_stray", 100) }, invariants.KnownOrder, "intent pi_stray took 100"},
	{"money went back for nobody", func(b *books) { b.refundOf("pi_stray", 100) }, invariants.KnownOrder, "refund re_2 returned 100 of the unknown intent pi_stray"},
	{"a parcel is nobody's", func(b *books) { b.parcel("ord_stray") }, invariants.KnownOrder, "of an order that nobody placed"},
	{"an event is nobody's", func(b *books) { b.tell("ord_stray", 1, order.EventPlaced) }, invariants.KnownOrder, "(order.placed) is of an order that nobody placed"},
	{"an order never ended", func(b *books) { b.Orders[4].Status = order.NeedsAttention; b.drop(cancelled, 2) }, invariants.AllEnded, "it is needs_attention"},
}

func TestEachInvariantBrokenOnPurposeIsSeen(t *testing.T) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b := soundBooks(t)
			row.breaks(b)
			seen := invariants.Check(b.Ledgers)
			require.Len(t, seen, 1, "%v", seen)
			require.Equal(t, row.invariant, seen[0].Invariant)
			require.Contains(t, seen[0].Seen, row.seen)
			require.Contains(t, seen[0].String(), string(seen[0].Order)+seen[0].SKU)
		})
	}
}

func TestEveryInvariantIsBrokenByARow(t *testing.T) {
	for _, invariant := range invariants.All {
		require.True(t, slices.ContainsFunc(rows, func(r row) bool { return r.invariant == invariant }), invariant)
	}
}

func TestSoundBooksHaveNoViolation(t *testing.T) {
	require.Empty(t, invariants.Check(soundBooks(t).Ledgers))
	require.Empty(t, invariants.Check(invariants.Ledgers{AtRest: true}))
}
