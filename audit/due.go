package audit

import (
	"slices"

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
}

// dueOf tells from what was recorded how the stock's record has to be. ok is
// false where a person has settled something at the stock by hand.
func dueOf(r history.Recorded) (d due, ok bool) {
	was := func(step order.Step, refused bool) bool {
		return slices.ContainsFunc(r.Outcomes, func(o order.Outcome) bool { return o.Step == step && (o.Reason != "") == refused })
	}
	byHand := slices.ContainsFunc(r.Outcomes, func(o order.Outcome) bool {
		return o.Step == order.Settle && (o.Waiting == order.Commit || o.Waiting == order.Release)
	})
	switch {
	case byHand:
		return due{}, false
	case was(order.Commit, false):
		return due{[]inventory.State{inventory.Committed}, inventory.Committed}, true
	case was(order.Release, false):
		return due{[]inventory.State{inventory.Released, inventory.Fenced}, inventory.Released}, true
	case r.Closed:
		return due{[]inventory.State{inventory.Unrecorded, inventory.Short, inventory.Released, inventory.Fenced}, inventory.Released}, true
	case was(order.Reserve, false):
		return due{[]inventory.State{inventory.Held, inventory.Committed, inventory.Released, inventory.Fenced}, inventory.Held}, true
	default:
		return due{}, false // nothing was recorded yet that the stock must know
	}
}
