package invariants

import (
	"fmt"

	"makegood/order"
)

// Invariant names what must be true. The names are stable: reports and alerts
// rest on them.
type Invariant string

const (
	// NetMoney is that of a completed order the shop has the total, and of one
	// that was rejected or cancelled nothing.
	NetMoney Invariant = "net-money"
	// OneCapture is that money is taken at most once for an order.
	OneCapture Invariant = "one-capture"
	// RefundWithinCapture is that no more goes back than was taken.
	RefundWithinCapture Invariant = "refund-within-capture"
	// NoOpenIntent is that nobody can take money for an order that has ended.
	NoOpenIntent Invariant = "no-open-intent"
	// OneParcel is that a completed order has one parcel, and any other that
	// has ended none.
	OneParcel Invariant = "one-parcel"
	// StockConserved is that of each SKU on hand and shipped are what was put in.
	StockConserved Invariant = "stock-conserved"
	// NothingHeld is that nothing is held but for orders that are open.
	NothingHeld Invariant = "nothing-held"
	// OneTerminalEvent is that an order that has ended says so once, as its
	// last event, and as it is.
	OneTerminalEvent Invariant = "one-terminal-event"
	// GaplessSequence is that an order's events count from 1, each number once.
	GaplessSequence Invariant = "gapless-sequence"
	// OneBodyPerEvent is that an event which is published again is the same bytes.
	OneBodyPerEvent Invariant = "one-body-per-event"
	// KnownOrder is that money, parcels and events are of orders that exist.
	KnownOrder Invariant = "known-order"
	// AllEnded is that at rest every order's status is final.
	AllEnded Invariant = "all-ended"
)

// All lists every invariant.
var All = []Invariant{
	NetMoney, OneCapture, RefundWithinCapture, NoOpenIntent, OneParcel, StockConserved, NothingHeld,
	OneTerminalEvent, GaplessSequence, OneBodyPerEvent, KnownOrder, AllEnded,
}

// Violation is an invariant that the books contradict.
type Violation struct {
	Invariant Invariant
	// Order or SKU is whose it is; of money and parcels of no order, neither.
	Order order.ID
	SKU   string
	// Seen is what the books hold, for a person.
	Seen string
}

func (v Violation) String() string {
	switch {
	case v.Order != "":
		return fmt.Sprintf("%s: order %s: %s", v.Invariant, v.Order, v.Seen)
	case v.SKU != "":
		return fmt.Sprintf("%s: SKU %s: %s", v.Invariant, v.SKU, v.Seen)
	default:
		return fmt.Sprintf("%s: %s", v.Invariant, v.Seen)
	}
}
