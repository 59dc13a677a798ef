package client

import (
	"fmt"
	"strings"
	"time"

	"makegood/events"
	"makegood/order"
)

// Happening is one entry of an order's timeline. Its details are those of the
// event of its type; see events/contracts.
type Happening struct {
	Sequence int             `json:"sequence"`
	Type     order.EventType `json:"type"`
	// Time is when it took effect, as recorded where the effect is.
	Time       time.Time          `json:"time"`
	Reason     order.Reason       `json:"reason,omitempty"`
	Detail     string             `json:"detail,omitempty"`
	Shortages  []order.Shortage   `json:"shortages,omitempty"`
	Payment    *events.Payment    `json:"payment,omitempty"`
	Refund     *events.Refund     `json:"refund,omitempty"`
	Parcel     *events.Parcel     `json:"parcel,omitempty"`
	Waiting    order.Step         `json:"waiting,omitempty"`
	Settlement *events.Settlement `json:"settlement,omitempty"`
}

func happeningOf(event events.Event, said events.Data) Happening {
	return Happening{
		Sequence: event.Sequence, Type: event.Type, Time: event.Time,
		Reason: said.Reason, Detail: said.Detail, Shortages: said.Shortages,
		Payment: said.Payment, Refund: said.Refund, Parcel: said.Parcel,
		Waiting: said.Waiting, Settlement: said.Settlement,
	}
}

// Terminal tells whether this is the last entry that its order ever has.
func (h Happening) Terminal() bool {
	switch h.Type {
	case order.EventCompleted, order.EventRejected, order.EventCancelled:
		return true
	default:
		return false
	}
}

// Mark sums the entry up in one sign: ✓ done, ✗ refused, ↩ undone, ! waiting
// for a person.
func (h Happening) Mark() string {
	switch h.Type {
	case order.EventDeclined, order.EventStockRejected, order.EventShipmentRejected, order.EventRejected, order.EventCancelled:
		return "✗"
	case order.EventReleased, order.EventRefunded:
		return "↩"
	case order.EventNeedsAttention:
		return "!"
	default:
		return "✓"
	}
}

// Words says in a few words what happened to the order asked for.
func (h Happening) Words(of order.Request) string {
	money := func(amount int64) string { return order.Money{Amount: amount, Currency: of.Currency}.String() }
	switch {
	case h.Type == order.EventPlaced:
		return items(of) + " for " + of.Total().String()
	case h.Payment != nil:
		return "took " + money(h.Payment.Amount)
	case h.Refund != nil:
		return "returned " + money(h.Refund.Amount)
	case h.Type == order.EventReserved:
		return "holds " + items(of)
	case h.Type == order.EventReleased:
		return "gave back " + items(of)
	case h.Parcel != nil:
		return "parcel " + h.Parcel.ID + ", tracking " + h.Parcel.Tracking
	case len(h.Shortages) > 0:
		words := make([]string, len(h.Shortages))
		for i, s := range h.Shortages {
			words[i] = fmt.Sprintf("%s: asked %d, available %d", s.SKU, s.Asked, s.Available)
		}
		return strings.Join(words, "; ")
	case h.Settlement != nil:
		return fmt.Sprintf("%s by hand of %s: %s (%s)", h.Settlement.Step, h.Settlement.By, h.Settlement.Note, h.Settlement.Reference)
	case h.Waiting != "":
		return strings.TrimSuffix(fmt.Sprintf("%s waits for a person: %s", h.Waiting, h.Detail), ": ")
	case h.Detail != "":
		return h.Detail
	default:
		return string(h.Reason)
	}
}

// items lists what was asked for: "2 × MUG-BLUE, 1 × POT".
func items(of order.Request) string {
	sums := of.Quantities()
	words := make([]string, len(sums))
	for i, l := range sums {
		words[i] = fmt.Sprintf("%d × %s", l.Quantity, l.SKU)
	}
	return strings.Join(words, ", ")
}
