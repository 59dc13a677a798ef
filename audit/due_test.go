package audit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/audit"
	"makegood/history"
	"makegood/inventory"
	"makegood/order"
)

var (
	charged  = order.Outcome{Step: order.Charge}
	held     = order.Outcome{Step: order.Reserve}
	soldOut  = order.Outcome{Step: order.Reserve, Reason: order.OutOfStock}
	shipped  = order.Outcome{Step: order.Ship}
	returned = order.Outcome{Step: order.Ship, Reason: order.Undeliverable}
	left     = order.Outcome{Step: order.Commit}
	released = order.Outcome{Step: order.Release}
	refunded = order.Outcome{Step: order.Refund}
	turned   = order.Outcome{Step: order.Turn, Reason: order.CancelledByShop}
)

func byHand(step order.Step) order.Outcome { return order.Outcome{Step: order.Settle, Waiting: step} }

func TestWhatTheStockHasToSayFollowsFromTheHistory(t *testing.T) {
	all := []inventory.State{inventory.Unrecorded, inventory.Held, inventory.Short, inventory.Committed, inventory.Released, inventory.Fenced}
	for _, row := range []struct {
		name     string
		outcomes []order.Outcome
		closed   bool
		fine     []inventory.State
		target   inventory.State
	}{
		{"nothing was recorded", nil, false, all, ""},
		{"it was charged", []order.Outcome{charged}, false, all, ""},
		{"it holds units, which may have left or be given back by now", []order.Outcome{charged, held}, false,
			[]inventory.State{inventory.Held, inventory.Committed, inventory.Released, inventory.Fenced}, inventory.Held},
		{"its parcel is on its way", []order.Outcome{charged, held, shipped}, false,
			[]inventory.State{inventory.Held, inventory.Committed, inventory.Released, inventory.Fenced}, inventory.Held},
		{"its units have left", []order.Outcome{charged, held, shipped, left}, false, []inventory.State{inventory.Committed}, inventory.Committed},
		{"its units have left, and it has ended", []order.Outcome{charged, held, shipped, left}, true, []inventory.State{inventory.Committed}, inventory.Committed},
		{"it was sold out", []order.Outcome{charged, soldOut}, false, all, ""},
		{"it was sold out, and has ended", []order.Outcome{charged, soldOut, refunded}, true,
			[]inventory.State{inventory.Unrecorded, inventory.Short, inventory.Released, inventory.Fenced}, inventory.Released},
		{"it could not be delivered", []order.Outcome{charged, held, returned}, false,
			[]inventory.State{inventory.Held, inventory.Committed, inventory.Released, inventory.Fenced}, inventory.Held},
		{"its units were given back", []order.Outcome{charged, held, returned, released}, false,
			[]inventory.State{inventory.Released, inventory.Fenced}, inventory.Released},
		{"it was cancelled before it held any", []order.Outcome{turned, {Step: order.Release, Null: true}}, true,
			[]inventory.State{inventory.Released, inventory.Fenced}, inventory.Released},
		{"it ended without the stock", []order.Outcome{{Step: order.Charge, Reason: order.PaymentDeclined}}, true,
			[]inventory.State{inventory.Unrecorded, inventory.Short, inventory.Released, inventory.Fenced}, inventory.Released},
		{"a person took its units out", []order.Outcome{charged, held, shipped, byHand(order.Commit)}, true, all, ""},
		{"a person put its units back", []order.Outcome{charged, held, turned, byHand(order.Release)}, true, all, ""},
		{"a person paid it back", []order.Outcome{charged, held, turned, released, byHand(order.Refund)}, true,
			[]inventory.State{inventory.Released, inventory.Fenced}, inventory.Released},
	} {
		t.Run(row.name, func(t *testing.T) {
			fine, target, ok := audit.DueOf(history.Recorded{Outcomes: row.outcomes, Closed: row.closed})
			if row.target == "" {
				require.False(t, ok, "anything will do, not only %q", fine)
				return
			}
			require.True(t, ok)
			require.ElementsMatch(t, row.fine, fine)
			require.Equal(t, row.target, target)
			require.Contains(t, fine, target, "what is mended is found right")
		})
	}
}

// A record may expire while its history lives on, and the order hold anew then.
func TestARecordThatMayHaveExpiredIsNotSoldAgain(t *testing.T) {
	const day = 24 * time.Hour
	shippedAgo := func(ago time.Duration) history.Recorded {
		return history.Recorded{Closed: true, Outcomes: []order.Outcome{charged, held, shipped, {Step: order.Commit, At: time.Now().Add(-ago)}}}
	}
	for _, row := range []struct {
		name   string
		ago    time.Duration
		record inventory.Record
		want   inventory.State
		fine   bool
	}{
		{"it was lost today", time.Hour, inventory.Record{}, inventory.Committed, false},
		{"it may have expired", 8 * day, inventory.Record{}, inventory.Unrecorded, true},
		{"its commit was lost", time.Hour, inventory.Record{State: inventory.Held, Since: time.Now().Add(-2 * time.Hour)}, inventory.Committed, false},
		{"it holds anew what it had bought", 30 * day, inventory.Record{State: inventory.Held, Since: time.Now().Add(-day)}, inventory.Released, false},
		{"it is as it has to be", 30 * day, inventory.Record{State: inventory.Committed}, inventory.Committed, true},
		{"it can't be read", time.Hour, inventory.Record{State: inventory.Unreadable}, inventory.Committed, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			target, fine := audit.TargetFor(shippedAgo(row.ago), row.record)
			require.Equal(t, row.want, target)
			require.Equal(t, row.fine, fine)
		})
	}
}
