package matrix_test

import (
	"slices"

	"makegood/order"
)

// column is what happens to the unwinding.
type column string

const (
	works   column = "works"
	failing column = "fails twice"
	null    column = "is null"
	late    column = "finds its effect late"
	parcel  column = "fence finds a parcel"
	retried column = "needs a person, who retries"
	settled column = "needs a person, who settles"
	killed  column = "worker killed half way"
	again   column = "cancelled again"
)

var columns = []column{works, failing, null, late, parcel, retried, settled, killed, again}

// cell is one row with one column: how it is brought about, and how the order
// must end. A cell with a reason cannot occur.
type cell struct {
	id     string
	row    row
	column column
	reason string

	own    []strike // of the column, beside those of the row
	undone []string // the compensations, in order
	// forward says that the order is completed after all.
	forward bool
	// charged and reserved say what has to be undone.
	charged, reserved bool
}

func (c *cell) strikes() []strike {
	if c == nil {
		return nil
	}
	return append(slices.Clone(c.own), c.row.strikes...)
}

func newCell(r row, col column) *cell {
	c := &cell{row: r, column: col, charged: r.step != order.Charge || r.effect, reserved: r.step == order.Ship || r.step == order.Commit || r.step == order.Reserve && r.effect}
	switch {
	case r.turn == refusal && r.step == order.Commit:
		c.reason = "commit refuses nothing"
	case r.step == order.Commit:
		c.afterPivot()
	case r.step == order.Ship && (r.turn == endsWell || r.effect):
		c.withParcel()
	default:
		c.unwind()
	}
	return c
}

// afterPivot fills a cell of commit: nothing is undone any more.
func (c *cell) afterPivot() {
	c.forward = true
	waits := c.row.name == pastDeadline
	switch {
	case c.row.name == dangling:
		c.reason = "commit has no fence: it is never undone"
	case c.row.isCancel() && c.row.when == "took effect" && c.row.strikes[0].on == "Ship":
		c.undone = []string{"Fence"}
		if c.column != parcel {
			c.reason = "the fence finds the parcel, so that nothing is undone"
		}
	case waits && (c.column == retried || c.column == settled):
		c.row.strikes = []strike{{on: "Commit", how: needsHelp}}
	case waits && c.column == works:
		c.row.strikes = []strike{{on: "Commit", how: failsUntil}}
	case c.column == retried, c.column == settled:
		c.reason = "commit needs a person in the row past its deadline"
	case c.column != works:
		c.reason = "commit follows the pivot: nothing is undone"
	}
}

// withParcel fills a cell in which the carrier has the parcel.
func (c *cell) withParcel() {
	c.forward = true
	switch {
	case c.row.turn == endsWell && c.column == works:
	case c.row.name == answerLost && c.column == parcel:
		c.row.turn, c.row.strikes = deadline, []strike{{on: "Ship", how: loses}}
		c.undone = []string{"Fence"}
	case c.row.isCancel() && c.column == parcel:
		c.undone = []string{"Fence"}
	case c.row.isCancel():
		c.reason = "the fence finds the parcel, so that nothing is undone"
	default:
		c.reason = "the saga knows that the carrier has the parcel: nothing is undone"
	}
}

// unwind fills a cell in which there is something to undo.
func (c *cell) unwind() {
	switch c.row.turn {
	case endsWell: // the carrier refuses it later
		c.row.change, c.charged, c.reserved = undeliverable, true, true
		c.undone = []string{"Release", "Refund"}
	case refusal:
		c.undone = map[order.Step][]string{order.Reserve: {"Refund"}, order.Ship: {"Release", "Refund"}}[c.row.step]
	default:
		c.undone = []string{"Fence", "Release", "Refund"}
	}
	if len(c.undone) == 0 && c.column != works {
		c.reason = "a declined charge leaves nothing to undo"
		return
	}
	turned := c.row.turn == deadline || c.row.isCancel()
	undo, last := undoOf[c.row.step], len(c.undone)-1
	switch c.column {
	case failing:
		for _, on := range c.undone {
			c.own = append(c.own, strike{on: on, how: fails, times: 2})
		}
	case null:
		if !turned {
			c.reason = "a refusal says what there is to undo: only that is undone"
		} else if c.row.effect {
			c.reason = "the step took effect: its undo finds it"
		}
	case late:
		c.comeLate(undo)
	case parcel:
		c.reason = "ship has not taken effect"
	case retried, settled:
		c.own = []strike{{on: c.undone[last], how: needsHelp}}
		if c.column == settled && c.row.name == dangling && undo == c.undone[last] {
			c.reason = "an undo that is settled by hand leaves no fence"
		}
	case killed:
		c.own = []strike{{on: c.undone[0], how: dies, times: 1}}
		if c.row.name == dangling {
			c.reason = "the request dies with its worker"
		}
	case again:
		c.own = []strike{{on: c.undone[last], how: waitsAgain, times: 1}}
	}
}

// comeLate has the step take effect once its undo has begun.
func (c *cell) comeLate(undo string) {
	if !c.row.attempt {
		c.reason = "no attempt is under way when the order turns"
		return
	}
	on, deadlined := activityOf[c.row.step], c.row.turn == deadline
	c.own = []strike{{on: undo, how: meetsLate, times: 1}}
	c.row.strikes = []strike{
		{on: on, how: fails, times: 1, lane: true},
		{on: on, how: comesLate, times: 1, late: true, undo: undo},
		{on: on, how: fails},
	}
	if deadlined {
		c.row.strikes = c.row.strikes[1:]
		c.row.strikes[0].lane, c.row.strikes[0].late = true, false
	}
	c.charged = c.charged || c.row.step == order.Charge
	c.reserved = c.reserved || c.row.step == order.Reserve
	c.forward = c.row.step == order.Ship
}
