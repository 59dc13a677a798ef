// Package invariants says what is true of a makegood whatever has failed, and
// finds what contradicts it in the books of all who take part: Temporal, the
// payment provider, the carrier, the stock and the broker. It is pure: it reads
// no server and repairs nothing.
package invariants

import (
	"makegood/events"
	"makegood/order"
)

// Ledgers are the books of one namespace. The orders must be read first: what
// the others hold then is at least as late.
type Ledgers struct {
	// AtRest says that every workflow had ended and every event had been heard
	// before the books were read, and no order was placed meanwhile. Else only
	// that is judged which holds at any moment.
	AtRest bool

	Orders  []Order
	Intents []Intent
	Refunds []Refund
	Parcels []Parcel
	Stock   []Stock
	// Events as published, in any order, repeats included.
	Events []events.Event
}

// Order is one order as its workflow's history tells it.
type Order struct {
	ID     order.ID
	Status order.Status
	// Total is in the currency's minor unit.
	Total int64
	// Units are the quantities by SKU, lines of one SKU added up.
	Units map[string]int64
}

// Intent is a payment on the provider's books.
type Intent struct {
	ID    string
	Order order.ID
	// Taken is what was captured, in minor units, refunded or not.
	Taken int64
	// Status is Stripe's: succeeded, canceled, requires_confirmation…
	Status string
}

// Refund is money on its way back, in minor units.
type Refund struct {
	ID     string
	Intent string
	Amount int64
	// Status is Stripe's: succeeded, pending, failed, canceled…
	Status string
}

// Parcel is one that the carrier has accepted.
type Parcel struct {
	ID    string
	Order order.ID
}

// Stock is one SKU.
type Stock struct {
	SKU string
	// OnHand includes what is Held for orders.
	OnHand, Held int64
	// Added is all that was ever put in, less what was taken out by hand.
	Added int64
}
