package invariants_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/invariants"
	"makegood/order"
)

// What a person settled may be missing in the books, or be there all the same;
// everything else is judged as ever.
func TestWhatWasSettledByHandCountsAsDone(t *testing.T) {
	back := []order.Outcome{{Step: order.Charge}, {Step: order.Reserve}, {Step: order.Turn, Reason: order.CancelledByShop}}
	forward := []order.Outcome{{Step: order.Charge}, {Step: order.Reserve}, {Step: order.Ship}}
	for _, row := range []struct {
		name     string
		outcomes []order.Outcome
		books    invariants.Ledgers
		sees     []invariants.Invariant
	}{
		{"a refund that the provider has not", append(back, null(order.Fence), done(order.Release), settle(order.Refund)), shop(2500, 0, 0, 10, 0), nil},
		{"a refund that the provider has", append(back, null(order.Fence), done(order.Release), settle(order.Refund)), shop(2500, 2500, 0, 10, 0), nil},
		{"a refund of more than was taken", append(back, null(order.Fence), done(order.Release), settle(order.Refund)), shop(2500, 2600, 0, 10, 0), []invariants.Invariant{invariants.RefundWithinCapture}},
		{"a refund, with a parcel on its way", append(back, null(order.Fence), done(order.Release), settle(order.Refund)), shop(2500, 0, 1, 10, 0), []invariants.Invariant{invariants.OneParcel}},
		{"a release that still stands as held", append(back, null(order.Fence), settle(order.Release), done(order.Refund)), shop(2500, 2500, 0, 10, 2), nil},
		{"a release, and more is held than it was", append(back, null(order.Fence), settle(order.Release), done(order.Refund)), shop(2500, 2500, 0, 10, 3), []invariants.Invariant{invariants.NothingHeld}},
		{"a release, and units are gone", append(back, null(order.Fence), settle(order.Release), done(order.Refund)), shop(2500, 2500, 0, 8, 0), []invariants.Invariant{invariants.StockConserved}},
		{"a parcel that was called back", append(back, settle(order.Fence), done(order.Release), done(order.Refund)), shop(2500, 2500, 1, 10, 0), nil},
		{"a commit whose units are still there", append(forward, settle(order.Commit)), shop(2500, 0, 1, 10, 2), nil},
		{"a commit whose units were taken out", append(forward, settle(order.Commit)), shop(2500, 0, 1, 8, 0), nil},
		{"a commit, and more units are gone", append(forward, settle(order.Commit)), shop(2500, 0, 1, 7, 0), []invariants.Invariant{invariants.StockConserved}},
		{"a commit, and the money is back", append(forward, settle(order.Commit)), shop(2500, 2500, 1, 8, 0), []invariants.Invariant{invariants.NetMoney}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.books.Orders, row.books.Events = tell(t, row.outcomes)
			require.True(t, row.books.Orders[0].Status.Final())
			row.books.AtRest = true
			require.Equal(t, row.sees, seenIn(row.books))
		})
	}
}

// An order that is open may be anywhere, and what is not yet told may come.
func TestBooksThatMoveAreJudgedByWhatAlwaysHolds(t *testing.T) {
	moving := func(status order.Status, told int, books invariants.Ledgers) invariants.Ledgers {
		books.Orders, books.Events = tell(t, []order.Outcome{done(order.Charge), done(order.Reserve), done(order.Ship), done(order.Commit)})
		books.Orders[0].Status = status
		books.Events = books.Events[5-told:]
		return books
	}
	require.Empty(t, seenIn(moving(order.Charged, 0, shop(2500, 0, 0, 10, 2))))
	require.Empty(t, seenIn(moving(order.Shipped, 1, shop(2500, 0, 1, 8, 0))), "it has ended since")
	require.Empty(t, seenIn(moving(order.Completed, 0, shop(2500, 0, 1, 8, 0))), "its events are on their way")
	stray := moving(order.Completed, 5, shop(2500, 0, 1, 8, 0))
	stray.Orders = nil
	require.Empty(t, seenIn(stray), "it was placed after the orders were read")

	require.Equal(t, []invariants.Invariant{invariants.OneParcel}, seenIn(moving(order.Reserved, 5, shop(2500, 0, 2, 10, 2))))
	require.Equal(t, []invariants.Invariant{invariants.NetMoney}, seenIn(moving(order.Completed, 5, shop(2500, 2500, 1, 8, 0))))
	require.Equal(t, []invariants.Invariant{invariants.OneTerminalEvent}, seenIn(moving(order.Rejected, 1, shop(2500, 2500, 0, 10, 0))))
}

func done(step order.Step) order.Outcome { return order.Outcome{Step: step} }
func null(step order.Step) order.Outcome { return order.Outcome{Step: step, Null: true} }

func settle(step order.Step) order.Outcome {
	return order.Outcome{Step: order.Settle, Waiting: step, By: "Grace", Note: "seen to", Reference: "4711"}
}

// shop is the books of one order of 2 units, of which 10 were put in.
func shop(taken, returned int64, parcels int, onHand, held int64) invariants.Ledgers {
	l := invariants.Ledgers{
		Intents: []invariants.Intent{{ID: "pi_1", Order: "ord_1", Taken: taken, Status: "succeeded"}},
		Refunds: []invariants.Refund{{ID: "re_1", Intent: "pi_1", Amount: returned, Status: "succeeded"}},
		Stock:   []invariants.Stock{{SKU: "MUG", OnHand: onHand, Held: held, Added: 10}},
	}
	for range parcels {
		l.Parcels = append(l.Parcels, invariants.Parcel{ID: "shp_1", Order: "ord_1"})
	}
	return l
}

func tell(t *testing.T, outcomes []order.Outcome) ([]invariants.Order, []events.Event) {
	t.Helper()
	o := order.Order{ID: "ord_1", PlacedAt: time.Unix(1, 0), Request: order.Request{
		Currency: "EUR", Lines: []order.Line{{SKU: "MUG", Quantity: 2, UnitPrice: 1250}},
	}}
	story := order.Tell(o, outcomes)
	made, err := events.Of(o, story.Timeline)
	require.NoError(t, err)
	return []invariants.Order{{ID: o.ID, Status: story.Status, Total: 2500, Units: map[string]int64{"MUG": 2}}}, made
}

func seenIn(l invariants.Ledgers) []invariants.Invariant {
	var seen []invariants.Invariant
	for _, v := range invariants.Check(l) {
		seen = append(seen, v.Invariant)
	}
	return seen
}
