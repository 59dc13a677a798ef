package audit

import (
	"slices"
	"time"

	"makegood/history"
	"makegood/inventory"
	"makegood/order"
)

// due is how the stock's record of an order has to be.
type due struct {
	// any of these will do: the stock is ahead of the history.
	any []inventory.State
	// target is the one that it is put in otherwise.
	target inventory.State
	// since is when the history had it closed, zero if it hasn't.
	since time.Time
}

// dueOf tells from what was recorded how the stock's record has to be. ok is
// false where nothing was recorded that it must know, and where a person has
// settled something at the stock by hand.
func dueOf(r history.Recorded) (d due, ok bool) {
	at := func(step order.Step) (time.Time, bool) {
		i := slices.IndexFunc(r.Outcomes, func(o order.Outcome) bool { return o.Step == step && o.Reason == "" })
		if i < 0 {
			return time.Time{}, false
		}
		return r.Outcomes[i].At, true
	}
	committed, hasCommitted := at(order.Commit)
	released, hasReleased := at(order.Release)
	_, hasReserved := at(order.Reserve)
	switch {
	case settledAtTheStock(r):
		return due{}, false
	case hasCommitted:
		return due{[]inventory.State{inventory.Committed}, inventory.Committed, committed}, true
	case hasReleased:
		return due{[]inventory.State{inventory.Released, inventory.Fenced}, inventory.Released, released}, true
	case r.Closed:
		return due{[]inventory.State{inventory.Unrecorded, inventory.Short, inventory.Released, inventory.Fenced}, inventory.Released, time.Time{}}, true
	case hasReserved:
		return due{[]inventory.State{inventory.Held, inventory.Committed, inventory.Released, inventory.Fenced}, inventory.Held, time.Time{}}, true
	default:
		return due{}, false
	}
}

// settledAtTheStock says that a person has seen to what is on hand.
func settledAtTheStock(r history.Recorded) bool {
	return slices.ContainsFunc(r.Outcomes, func(o order.Outcome) bool {
		return o.Step == order.Settle && (o.Waiting == order.Commit || o.Waiting == order.Release)
	})
}

// surelyKept is how long the record of a closed order lives at least, whatever
// the retention was when it was closed (docs/adr/0004).
const surelyKept = 7 * 24 * time.Hour

// targetFor is the state that the record has to be put in, ok if it is fine.
func (d due) targetFor(record inventory.Record) (target inventory.State, ok bool) {
	switch {
	case slices.Contains(d.any, record.State):
		return record.State, true
	case record.State == inventory.Unrecorded && !d.since.IsZero() && time.Since(d.since) > surelyKept:
		return record.State, true // it may have expired
	case record.State == inventory.Held && !d.since.IsZero() && record.Since.After(d.since):
		return inventory.Released, false // held anew, after the record had expired
	default:
		return d.target, false
	}
}
