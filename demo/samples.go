package demo

import "makegood/order"

// shelf is what there is to buy.
var shelf = []order.Line{{SKU: "DEMO-MUG", Quantity: 10}, {SKU: "DEMO-LAMP", Quantity: 1}}

// sample is an order, or several of the same at once, and how they must end.
type sample struct {
	slug, title string
	buyers      []string // customers, who order at once; also the mailboxes
	lines       []order.Line
	change      func(*order.Request) // what sets it apart; nil for nothing
	// endings are one a buyer. Who holds the stock has the first; see Share.
	endings []Ending
}

var (
	ships = Ending{Status: order.Completed, Events: []order.EventType{
		order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted,
	}}
	declined = Ending{Status: order.Rejected, Reason: order.PaymentDeclined, Events: []order.EventType{
		order.EventPlaced, order.EventDeclined, order.EventRejected,
	}}
	soldOut = Ending{Status: order.Rejected, Reason: order.OutOfStock, Events: []order.EventType{
		order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventRefunded, order.EventRejected,
	}}
	undeliverable = Ending{Status: order.Rejected, Reason: order.Undeliverable, Events: []order.EventType{
		order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentRejected,
		order.EventReleased, order.EventRefunded, order.EventRejected,
	}}
)

var samples = []sample{
	{
		slug: "ships", title: "An order that ships", buyers: []string{"ada"},
		lines:   []order.Line{{SKU: "DEMO-MUG", Quantity: 2, UnitPrice: 1250}},
		endings: []Ending{ships},
	},
	{
		slug: "declined", title: "A card that is declined", buyers: []string{"bob"},
		lines:   []order.Line{{SKU: "DEMO-MUG", Quantity: 1, UnitPrice: 1250}},
		change:  func(r *order.Request) { r.PaymentMethod = "pm_card_chargeDeclined" },
		endings: []Ending{declined},
	},
	{
		slug: "last", title: "Two buyers of the last lamp", buyers: []string{"cyd", "eve"},
		lines: []order.Line{{SKU: "DEMO-LAMP", Quantity: 1, UnitPrice: 3900}},
		// The gateway refuses who comes when the lamp is held. The cards take
		// their time, so that it has admitted both by then.
		change:  func(r *order.Request) { r.PaymentMethod = "pm_sim_slow_300" },
		endings: []Ending{ships, soldOut},
	},
	{
		slug: "undeliverable", title: "An address that no parcel reaches", buyers: []string{"dan"},
		lines:   []order.Line{{SKU: "DEMO-MUG", Quantity: 3, UnitPrice: 1250}},
		change:  func(r *order.Request) { r.ShippingAddress.PostalCode = "00000" },
		endings: []Ending{undeliverable},
	},
}

// mailbox is the buyer's address in the run of that name.
func mailbox(buyer, run string) string { return buyer + "+" + run + "@example.com" }

func (s sample) request(buyer, run string) order.Request {
	r := order.Request{
		CustomerID: "demo_" + buyer, Email: mailbox(buyer, run), Currency: "EUR", PaymentMethod: "pm_card_visa",
		Lines: s.lines,
		ShippingAddress: order.Address{
			Name: "Demo customer", Line1: "1 Main St", City: "Berlin", PostalCode: "10115", Country: "DE",
		},
	}
	if s.change != nil {
		s.change(&r)
	}
	return r
}
