package events

import (
	"encoding/json"
	"fmt"

	"makegood/order"
)

// Data is what an event says. The order's own facts stand in every one, so
// that a consumer needs no other event and no call back; the rest is what
// happened, by type. The contracts say which members each type has.
type Data struct {
	OrderID    order.ID     `json:"order_id"`
	CustomerID string       `json:"customer_id"`
	Email      string       `json:"email"`
	Currency   string       `json:"currency"`
	Total      int64        `json:"total"` // in the currency's minor unit
	Lines      []order.Line `json:"lines"`

	// Reason is why a step refused, or why the order did not ship.
	Reason order.Reason `json:"reason,omitempty"`
	// Detail is the provider's own words about a refusal.
	Detail     string           `json:"detail,omitempty"`
	Shortages  []order.Shortage `json:"shortages,omitempty"`
	Payment    *Payment         `json:"payment,omitempty"`
	Refund     *Refund          `json:"refund,omitempty"`
	Parcel     *Parcel          `json:"parcel,omitempty"`
	Waiting    order.Step       `json:"waiting,omitempty"`
	Settlement *Settlement      `json:"settlement,omitempty"`
}

// Payment is money taken.
type Payment struct {
	Intent string `json:"intent"`
	Amount int64  `json:"amount"`
}

// Refund is money returned.
type Refund struct {
	ID     string `json:"id"`
	Amount int64  `json:"amount"`
}

// Parcel is what the carrier accepted.
type Parcel struct {
	ID       string `json:"id"`
	Tracking string `json:"tracking"`
}

// Settlement is an operator's word that a step was made good by hand.
type Settlement struct {
	Step      order.Step `json:"step"`
	By        string     `json:"by"`
	Note      string     `json:"note"`
	Reference string     `json:"reference"`
}

// DataOf reads what the event says. Its error is permanent.
func DataOf(e Event) (Data, error) {
	var d Data
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return Data{}, Permanent(fmt.Errorf("read data of event %s (%s): %w", e.ID, e.Type, err))
	}
	return d, nil
}

func tell(o order.Order, entry order.Entry) Data {
	happened := entry.Outcome
	d := Data{
		OrderID: o.ID, CustomerID: o.CustomerID, Email: o.Email,
		Currency: o.Currency, Total: o.Total().Amount, Lines: o.Lines,
	}
	switch entry.Type {
	case order.EventCharged:
		d.Payment = &Payment{Intent: happened.Reference, Amount: happened.Amount}
	case order.EventRefunded:
		d.Refund = &Refund{ID: happened.Reference, Amount: happened.Amount}
	case order.EventShipmentScheduled:
		d.Parcel = &Parcel{ID: happened.Reference, Tracking: happened.Tracking}
	case order.EventDeclined, order.EventShipmentRejected, order.EventStockRejected:
		d.Reason, d.Detail, d.Shortages = happened.Reason, happened.Detail, happened.Shortages
	case order.EventNeedsAttention:
		d.Waiting, d.Detail = happened.Waiting, happened.Detail
	case order.EventSettled:
		d.Settlement = &Settlement{Step: happened.Waiting, By: happened.By, Note: happened.Note, Reference: happened.Reference}
	case order.EventRejected, order.EventCancelled:
		d.Reason = entry.Reason
	}
	return d
}
