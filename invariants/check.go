package invariants

import (
	"fmt"

	"makegood/events"
	"makegood/order"
)

// Check returns all that contradicts an invariant, order by order and then SKU
// by SKU, as the ledgers list them; nothing, if the books are right.
//
// What a person settled by hand happened outside of these books: a refund that
// was settled may be missing in them, or be there all the same.
func Check(l Ledgers) []Violation {
	c := newChecker(l)
	for _, o := range l.Orders {
		a := c.accounts[o.ID]
		if l.AtRest && !o.Status.Final() {
			c.report(AllEnded, o.ID, "it is %s", o.Status)
		}
		c.money(a)
		c.parcels(a)
		c.events(a)
	}
	if l.AtRest {
		c.strangers()
		c.stock()
	}
	return c.violations
}

// account is all that the books hold of one order.
type account struct {
	Order
	intents []Intent
	refunds map[string][]Refund // by intent
	parcels []Parcel
	events  []events.Event
	settled map[order.Step]bool
}

type checker struct {
	Ledgers
	accounts   map[order.ID]*account
	violations []Violation
}

func newChecker(l Ledgers) *checker {
	c := &checker{Ledgers: l, accounts: make(map[order.ID]*account, len(l.Orders))}
	for _, o := range l.Orders {
		c.accounts[o.ID] = &account{Order: o, refunds: map[string][]Refund{}, settled: map[order.Step]bool{}}
	}
	payer := make(map[string]order.ID, len(l.Intents))
	for _, i := range l.Intents {
		payer[i.ID] = i.Order
		if a := c.accounts[i.Order]; a != nil {
			a.intents = append(a.intents, i)
		}
	}
	for _, r := range l.Refunds {
		if a := c.accounts[payer[r.Intent]]; a != nil {
			a.refunds[r.Intent] = append(a.refunds[r.Intent], r)
		}
	}
	for _, p := range l.Parcels {
		if a := c.accounts[p.Order]; a != nil {
			a.parcels = append(a.parcels, p)
		}
	}
	for _, e := range l.Events {
		a := c.accounts[e.Subject]
		if a == nil {
			continue
		}
		a.events = append(a.events, e)
		if e.Type != order.EventSettled {
			continue
		}
		if said, err := events.DataOf(e); err == nil && said.Settlement != nil {
			a.settled[said.Settlement.Step] = true
		}
	}
	return c
}

// byHand tells whether a person settled any of the steps.
func (a *account) byHand(steps ...order.Step) bool {
	for _, step := range steps {
		if a.settled[step] {
			return true
		}
	}
	return false
}

func (c *checker) report(i Invariant, id order.ID, seen string, args ...any) {
	c.violations = append(c.violations, Violation{Invariant: i, Order: id, Seen: fmt.Sprintf(seen, args...)})
}

func (c *checker) parcels(a *account) {
	n := len(a.parcels)
	byHand := a.byHand(order.Ship, order.Fence)
	switch {
	case n > 1,
		a.Status == order.Completed && n == 0 && !byHand,
		a.Status.Final() && a.Status != order.Completed && n > 0 && !byHand:
		c.report(OneParcel, a.ID, "the carrier has %d parcels of an order that is %s", n, a.Status)
	}
}

// strangers reports what belongs to no order.
func (c *checker) strangers() {
	intents := make(map[string]bool, len(c.Intents))
	for _, i := range c.Intents {
		intents[i.ID] = true
		if c.accounts[i.Order] == nil {
			c.report(KnownOrder, i.Order, "intent %s took %d for an order that nobody placed", i.ID, i.Taken)
		}
	}
	for _, r := range c.Refunds {
		if !intents[r.Intent] {
			c.report(KnownOrder, "", "refund %s returned %d of the unknown intent %s", r.ID, r.Amount, r.Intent)
		}
	}
	for _, p := range c.Parcels {
		if c.accounts[p.Order] == nil {
			c.report(KnownOrder, p.Order, "parcel %s is of an order that nobody placed", p.ID)
		}
	}
	for _, e := range c.Events {
		if c.accounts[e.Subject] == nil {
			c.report(KnownOrder, e.Subject, "event %s (%s) is of an order that nobody placed", e.ID, e.Type)
		}
	}
}
