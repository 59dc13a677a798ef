package inventory_test

import (
	"context"
	"errors"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"makegood/inventory"
	"makegood/order"
)

// model is the stock engine in small: maps, no Redis, no retries.
type model struct {
	onHand, held map[string]int64
	orders       map[order.ID]*entry
	operations   map[string]answered
	repaired     bool
}

func newModel() *model {
	return &model{
		onHand: map[string]int64{}, held: map[string]int64{},
		orders: map[order.ID]*entry{}, operations: map[string]answered{},
	}
}

type entry struct {
	body     string // the fingerprint
	demand   map[string]int64
	state    string
	reserved heard
	closed   heard
}

// heard is a first outcome, which every repeat must equal.
type heard struct {
	outcome order.Outcome
	short   []order.Shortage
}

// change is one Set or Adjust.
type change struct {
	operation, sku string
	set            bool
	units          int64
}

// answered is a change's first answer.
type answered struct {
	change
	level inventory.Level
	err   error
}

// find returns the order's entry; another body under its id must be an error.
func (m *model) find(t *rapid.T, o order.Order, err error) (found *entry, sameBody bool) {
	found = m.orders[o.ID]
	if found != nil && found.body != o.Fingerprint() {
		require.ErrorIs(t, err, order.ErrFingerprint)
		return found, false
	}
	if found == nil {
		found = &entry{body: o.Fingerprint(), demand: map[string]int64{}}
		for _, l := range o.Lines {
			found.demand[l.SKU] += l.Quantity
		}
	}
	return found, true
}

func (m *model) reserve(t *rapid.T, stock *inventory.Stock, o order.Order) {
	outcome, err := stock.Reserve(context.Background(), o)
	e, ok := m.find(t, o, err)
	if !ok {
		return
	}
	var rejection *order.Rejection
	if errors.As(err, &rejection) {
		outcome = rejection.Outcome
	} else {
		require.NoError(t, err)
	}
	if e.state == "" {
		e.reserved = m.take(e, o, outcome)
		m.orders[o.ID] = e
	}
	want := e.reserved.outcome
	want.Shortages = e.reserved.short
	if e.state == "released" || e.state == "fenced" {
		want = order.Outcome{Step: order.Reserve, At: e.closed.outcome.At, Reason: order.Fenced}
	}
	require.Equal(t, want, outcome)
	require.Equal(t, want.Reason != "", rejection != nil)
}

// take holds the demand, or says what is short, as of the outcome's time.
func (m *model) take(e *entry, o order.Order, outcome order.Outcome) heard {
	var short []order.Shortage
	for _, l := range o.Quantities() {
		if free := m.onHand[l.SKU] - m.held[l.SKU]; e.demand[l.SKU] > free {
			short = append(short, order.Shortage{SKU: l.SKU, Asked: e.demand[l.SKU], Available: max(free, 0)})
		}
	}
	first := heard{outcome: order.Outcome{Step: order.Reserve, At: outcome.At}, short: short}
	if len(short) > 0 {
		e.state = "short"
		first.outcome.Reason = order.OutOfStock
		return first
	}
	e.state = "held"
	for sku, n := range e.demand {
		m.held[sku] += n
	}
	return first
}

func (m *model) commit(t *rapid.T, stock *inventory.Stock, o order.Order) {
	outcome, err := stock.Commit(context.Background(), o)
	e, ok := m.find(t, o, err)
	if !ok {
		return
	}
	if e.state != "held" && e.state != "committed" {
		require.ErrorIs(t, err, inventory.ErrNotHeld)
		return
	}
	if e.state == "held" && m.oversold(e) {
		require.ErrorIs(t, err, inventory.ErrUnbalanced)
		return
	}
	require.NoError(t, err)
	if e.state == "held" {
		e.state = "committed"
		e.closed.outcome = order.Outcome{Step: order.Commit, At: outcome.At}
		for sku, n := range e.demand {
			m.held[sku] -= n
			m.onHand[sku] -= n
		}
	}
	require.Equal(t, e.closed.outcome, outcome)
}

func (m *model) release(t *rapid.T, stock *inventory.Stock, o order.Order) {
	outcome, err := stock.Release(context.Background(), o)
	e, ok := m.find(t, o, err)
	if !ok {
		return
	}
	if e.state == "committed" {
		require.ErrorIs(t, err, inventory.ErrCommitted)
		return
	}
	require.NoError(t, err)
	switch e.state {
	case "held":
		e.state = "released"
		e.closed.outcome = order.Outcome{Step: order.Release, At: outcome.At}
		for sku, n := range e.demand {
			m.held[sku] -= n
		}
	case "", "short":
		e.state = "fenced"
		e.closed.outcome = order.Outcome{Step: order.Release, At: outcome.At, Null: true}
		m.orders[o.ID] = e
	}
	require.Equal(t, e.closed.outcome, outcome)
}

func (m *model) change(t *rapid.T, stock *inventory.Stock, c change) {
	before, known := m.onHand[c.sku]
	held := m.held[c.sku]
	do, after := stock.Adjust, before+c.units
	if c.set {
		do, after = stock.Set, c.units
	}
	level, err := do(context.Background(), c.sku, c.units, c.operation, "")

	first, used := m.operations[c.operation]
	if used && first.change != c {
		require.ErrorIs(t, err, inventory.ErrOperationReused)
		return
	}
	if !used {
		first = answered{change: c}
		switch {
		case !known && !c.set && c.units <= 0:
			first.err = inventory.ErrUnknownSKU
		case after < held && after < before && held == 0:
			first.err = inventory.ErrBelowZero
		case after < held && after < before:
			first.err = inventory.ErrBelowHeld
		default:
			m.onHand[c.sku] = after
			first.level = inventory.Level{SKU: c.sku, OnHand: after, Held: held, Available: after - held}
		}
		m.operations[c.operation] = first
	}
	require.ErrorIs(t, err, first.err)
	require.Equal(t, first.level, level)
}
