package matrix_test

import (
	"fmt"
	"slices"

	"makegood/order"
)

var steps = []order.Step{order.Charge, order.Reserve, order.Ship, order.Commit}

// all is the whole table, in its order; cells are those that run, by their id,
// which is the customer of the order that they place.
var all, cells = table()

func table() ([]*cell, map[string]*cell) {
	var every []*cell
	byID := map[string]*cell{}
	for _, step := range steps {
		for _, r := range rowsOf(step) {
			for _, col := range columns {
				c := newCell(r, col)
				c.id = fmt.Sprintf("cell-%03d", len(every)+1)
				every = append(every, c)
				if c.reason == "" {
					byID[c.id] = c
				}
			}
		}
	}
	return every, byID
}

func (c *cell) String() string {
	return fmt.Sprintf("%s (%s: %s; its undoing: %s)", c.id, c.row.step, c.row.name, c.column)
}

// mortal says that the worker is killed on its account.
func (c *cell) mortal() bool { return c.has(kills) || c.has(dies) }

// last is the compensation at the end of the unwinding.
func (c *cell) last() string {
	if len(c.undone) == 0 {
		return ""
	}
	return c.undone[len(c.undone)-1]
}

func (c *cell) has(h how) bool {
	return slices.ContainsFunc(c.strikes(), func(s strike) bool { return s.how == h })
}

// needsPerson says that somebody has to see to it.
func (c *cell) needsPerson() bool { return c.has(needsHelp) || c.has(failsUntil) }

// ends is how the order must end.
func (c *cell) ends() (order.Status, order.Reason) {
	switch {
	case c.forward:
		return order.Completed, ""
	case c.row.isCancel():
		return order.Cancelled, order.CancelledByShop
	case c.row.turn == deadline:
		return order.Rejected, order.StepDeadline
	case c.row.turn == endsWell:
		return order.Rejected, order.Undeliverable
	default:
		return order.Rejected, map[order.Step]order.Reason{
			order.Charge: order.PaymentDeclined, order.Reserve: order.OutOfStock, order.Ship: order.Undeliverable,
		}[c.row.step]
	}
}

// tells are the events that the order must have, and those that it must not.
func (c *cell) tells() map[order.EventType]bool {
	undone := !c.forward
	return map[order.EventType]bool{
		order.EventRefunded:       undone && c.charged && c.column != settled,
		order.EventReleased:       undone && c.reserved,
		order.EventNeedsAttention: c.needsPerson() && undone, // else GET alone says it, until it is known what is out
		order.EventSettled:        c.column == settled,
		order.EventCompleted:      c.forward,
	}
}
