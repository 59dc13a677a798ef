package demo

import "makegood/order"

// shelf is what there is to buy.
var shelf = []order.Line{{SKU: "DEMO-MUG", Quantity: 10}, {SKU: "DEMO-LAMP", Quantity: 1}}

// sample is one of the orders, and how it must end.
type sample struct {
	slug, title string
	customer    string // also the mailbox; a run adds its name
	lines       []order.Line
	change      func(*order.Request) // what makes it fail; nil for nothing
	ending      Ending
}

var samples = []sample{
	{
		slug: "ships", title: "An order that ships", customer: "ada",
		lines: []order.Line{{SKU: "DEMO-MUG", Quantity: 2, UnitPrice: 1250}},
		ending: Ending{Status: order.Completed, Events: []order.EventType{
			order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted,
		}},
	},
	{
		slug: "declined", title: "A card that is declined", customer: "bob",
		lines:  []order.Line{{SKU: "DEMO-MUG", Quantity: 1, UnitPrice: 1250}},
		change: func(r *order.Request) { r.PaymentMethod = "pm_card_chargeDeclined" },
		ending: Ending{Status: order.Rejected, Reason: order.PaymentDeclined, Events: []order.EventType{
			order.EventPlaced, order.EventDeclined, order.EventRejected,
		}},
	},
	{
		slug: "sold-out", title: "Two lamps where one is left", customer: "cyd",
		lines: []order.Line{{SKU: "DEMO-LAMP", Quantity: 2, UnitPrice: 3900}},
		ending: Ending{Status: order.Rejected, Reason: order.OutOfStock, Events: []order.EventType{
			order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventRefunded, order.EventRejected,
		}},
	},
	{
		slug: "undeliverable", title: "An address that no parcel reaches", customer: "dan",
		lines:  []order.Line{{SKU: "DEMO-MUG", Quantity: 3, UnitPrice: 1250}},
		change: func(r *order.Request) { r.ShippingAddress.PostalCode = "00000" },
		ending: Ending{Status: order.Rejected, Reason: order.Undeliverable, Events: []order.EventType{
			order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentRejected,
			order.EventReleased, order.EventRefunded, order.EventRejected,
		}},
	},
}

// mailbox is the customer's address in the run of that name.
func (s sample) mailbox(run string) string { return s.customer + "+" + run + "@example.com" }

func (s sample) request(run string) order.Request {
	r := order.Request{
		CustomerID: "demo_" + s.customer, Email: s.mailbox(run), Currency: "EUR", PaymentMethod: "pm_card_visa",
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
