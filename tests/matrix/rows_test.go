package matrix_test

import (
	"strings"

	"makegood/order"
)

// turn is what turns an order of a row back.
type turn string

const (
	// endsWell rows do nothing to turn it: where it still can be, the carrier
	// refuses the address, so that there is something to undo.
	endsWell  turn = ""
	refusal   turn = "refusal"
	deadline  turn = "deadline"
	overAPI   turn = "cancel over the API"
	overWebUI turn = "cancel in the Web UI"
)

// row is one thing that happens to one step.
type row struct {
	step    order.Step
	name    string
	strikes []strike
	change  func(*order.Request)
	turn    turn
	// when is the mark after which the cancel is said; empty means before any
	// worker runs.
	when string
	// effect says that the step has taken effect when the order turns.
	effect bool
	// attempt says that an attempt is under way when it turns, which a late
	// effect can come from.
	attempt bool
}

// activityOf and undoOf name the activities of a step.
var (
	activityOf = map[order.Step]string{order.Charge: "Charge", order.Reserve: "Reserve", order.Ship: "Ship", order.Commit: "Commit"}
	undoOf     = map[order.Step]string{order.Charge: "Refund", order.Reserve: "Release", order.Ship: "Fence"}
	before     = map[order.Step]order.Step{order.Reserve: order.Charge, order.Ship: order.Reserve, order.Commit: order.Ship}
)

var refusing = map[order.Step]func(*order.Request){
	order.Charge:  func(r *order.Request) { r.PaymentMethod = "pm_card_chargeDeclined" },
	order.Reserve: func(r *order.Request) { r.Lines[0].Quantity, r.Lines[0].UnitPrice = 25, 100 },
	order.Ship:    undeliverable,
}

func undeliverable(r *order.Request) { r.ShippingAddress.PostalCode = "00000" }

const (
	pastDeadline = "past its deadline"
	answerLost   = "took effect, answer lost"
	dangling     = "request after its fence"
)

// rowsOf is every row of the step.
func rowsOf(step order.Step) []row {
	on := activityOf[step]
	outOfLane := strike{on: on, how: fails, times: 1, lane: true}
	rows := []row{
		{name: "definite refusal", turn: refusal, change: refusing[step]},
		{name: "error, twice", strikes: []strike{{on: on, how: fails, times: 2}}},
		{name: "past the lane's second", strikes: []strike{{on: on, how: stalls, times: 1, lane: true}}},
		{name: pastDeadline, turn: deadline, attempt: true, strikes: []strike{{on: on, how: fails}}},
		{name: answerLost, strikes: []strike{{on: on, how: loses, times: 1}}},
		{name: "took effect, worker killed", strikes: []strike{{on: on, how: kills, times: 1}}},
		{name: "slow local attempt beside the regular one", strikes: []strike{{on: on, how: lingers, times: 1, lane: true}}},
		{name: dangling, turn: deadline, strikes: []strike{{on: on, how: dangles, times: 1, lane: true, undo: undoOf[step]}, {on: on, how: fails, late: true}}},
		{name: "panic, twice", strikes: []strike{{on: on, how: panics, times: 2}}},
		{name: "order that can't be decoded, twice", strikes: []strike{outOfLane, {on: on, how: garbles, times: 2}}},
	}
	during := []strike{outOfLane, {on: on, how: hears, times: 1, late: true}}
	if step != order.Commit { // nothing more happens before the cancel has come to the saga
		during = append(during, strike{on: on, how: fails, late: true})
	}
	for _, way := range []turn{overAPI, overWebUI} {
		rows = append(rows,
			cancelledBefore(step, way),
			row{name: string(way) + ", during", turn: way, when: "regular " + on, attempt: true, strikes: during},
			row{name: string(way) + ", after", turn: way, when: "took effect", effect: true,
				strikes: []strike{outOfLane, {on: on, how: outlasts, times: 1, late: true}}},
		)
	}
	for i := range rows {
		rows[i].step = step
	}
	return rows
}

// cancelledBefore lets the step before take effect and has the cancel said
// before that is recorded. Before charge there is only a gateway without a worker.
func cancelledBefore(step order.Step, way turn) row {
	r := row{name: string(way) + ", before", turn: way}
	if previous := activityOf[before[step]]; previous != "" {
		r.when = "took effect"
		r.strikes = []strike{{on: previous, how: fails, times: 1, lane: true}, {on: previous, how: outlasts, times: 1, late: true}}
	}
	return r
}

func (r row) isCancel() bool { return strings.HasPrefix(string(r.turn), "cancel") }

// early rows are placed and cancelled before a worker runs.
func (r row) early() bool { return r.isCancel() && r.when == "" }
