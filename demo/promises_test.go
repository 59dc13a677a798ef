package demo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/demo"
	"makegood/order"
)

// kept is a world in which every promise is kept: one order that ships, and one
// that can't be delivered.
func kept() demo.Facts {
	request := order.Request{Currency: "EUR", Lines: []order.Line{{SKU: "MUG", Quantity: 2, UnitPrice: 1250}}}
	shipped := demo.Ending{Status: order.Completed, Events: []order.EventType{
		order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted,
	}}
	undone := demo.Ending{Status: order.Rejected, Reason: order.Undeliverable, Events: []order.EventType{
		order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentRejected,
		order.EventReleased, order.EventRefunded, order.EventRejected,
	}}
	return demo.Facts{
		Orders: []demo.OrderFacts{
			{
				Name: "ships", Ending: shipped, Order: request, Status: order.Completed, Events: shipped.Events,
				Taken: 2500, Parcels: 1, Mails: map[order.EventType]int{order.EventCompleted: 1},
			},
			{
				Name: "fails", Ending: undone, Order: request, Status: order.Rejected, Reason: order.Undeliverable, Events: undone.Events,
				Taken: 2500, Returned: 2500,
				Mails: map[order.EventType]int{order.EventRefunded: 1, order.EventRejected: 1},
			},
		},
		Stock: []demo.StockFacts{{
			Before: client.Level{SKU: "MUG", OnHand: 10, Available: 10},
			After:  client.Level{SKU: "MUG", OnHand: 8, Available: 8},
		}},
	}
}

func TestCheck(t *testing.T) {
	const (
		end = iota
		events
		money
		stock
		parcels
		mails
		none
	)
	ships := func(f *demo.Facts) *demo.OrderFacts { return &f.Orders[0] }
	fails := func(f *demo.Facts) *demo.OrderFacts { return &f.Orders[1] }
	tests := []struct {
		name    string
		destroy func(*demo.Facts)
		broken  int // index of the only broken promise
		want    string
	}{
		{"a world as promised breaks nothing", func(*demo.Facts) {}, none, ""},
		{"an order that hangs", func(f *demo.Facts) { fails(f).Status = order.Compensating }, end,
			"fails: is compensating (undeliverable), and must be rejected (undeliverable)"},
		{"an order with the wrong reason", func(f *demo.Facts) { fails(f).Reason = order.OutOfStock }, end,
			"fails: is rejected (out_of_stock), and must be rejected (undeliverable)"},
		{"an order that ships with a reason", func(f *demo.Facts) { ships(f).Reason = order.StepDeadline }, end,
			"ships: is completed (step_deadline), and must be completed"},
		{"an event that is missing", func(f *demo.Facts) { ships(f).Events = ships(f).Events[:4] }, events,
			"ships: told [order.placed payment.charged stock.reserved shipment.scheduled], and must tell [order.placed payment.charged stock.reserved shipment.scheduled order.completed]"},
		{"money kept for nothing", func(f *demo.Facts) { fails(f).Returned = 0 }, money, "fails: 0.00 EUR returned, and must be 25.00 EUR"},
		{"more returned than was taken", func(f *demo.Facts) { fails(f).Returned = 5000 }, money, "fails: 50.00 EUR returned, and must be 25.00 EUR"},
		{"a parcel that nobody paid", func(f *demo.Facts) { ships(f).Taken = 0 }, money, "ships: 0.00 EUR taken, and must be 25.00 EUR"},
		{"a parcel that was paid twice", func(f *demo.Facts) { ships(f).Taken = 5000 }, money, "ships: 50.00 EUR taken, and must be 25.00 EUR"},
		{"money returned for a parcel", func(f *demo.Facts) { ships(f).Returned = 2500 }, money, "ships: 25.00 EUR returned, and must be 0.00 EUR"},
		{"money told of that never moved", func(f *demo.Facts) { fails(f).Taken = 0 }, money, "fails: 0.00 EUR taken, and must be 25.00 EUR"},
		{"stock sold that did not ship", func(f *demo.Facts) { f.Stock[0].After.OnHand = 6 }, stock, "MUG: 6 on hand, and must be 8"},
		{"stock shipped and still on the shelf", func(f *demo.Facts) { f.Stock[0].After.OnHand = 10 }, stock, "MUG: 10 on hand, and must be 8"},
		{"stock held by nobody", func(f *demo.Facts) { f.Stock[0].After.Held = 2 }, stock, "MUG: 2 still held"},
		{"a parcel for an order that was refused", func(f *demo.Facts) { fails(f).Parcels = 1 }, parcels, "fails: 1 parcels, and must be 0"},
		{"a paid order without a parcel", func(f *demo.Facts) { ships(f).Parcels = 0 }, parcels, "ships: 0 parcels, and must be 1"},
		{"two parcels for one order", func(f *demo.Facts) { ships(f).Parcels = 2 }, parcels, "ships: 2 parcels, and must be 1"},
		{"a receipt that never came", func(f *demo.Facts) { ships(f).Mails = nil }, mails, "ships: receipt sent 0 times, and must be 1"},
		{"a refund notice sent twice", func(f *demo.Facts) { fails(f).Mails[order.EventRefunded] = 2 }, mails, "fails: refund notice sent 2 times, and must be 1"},
		{"a receipt for an order that failed", func(f *demo.Facts) { fails(f).Mails[order.EventCompleted] = 1 }, mails, "fails: receipt sent 1 times, and must be 0"},
		{"an apology that never came", func(f *demo.Facts) { delete(fails(f).Mails, order.EventRejected) }, mails, "fails: apology sent 0 times, and must be 1"},
		{"a mail of nothing that happened", func(f *demo.Facts) { ships(f).Strays = 1 }, mails, "ships: 1 mails of nothing that happened"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			facts := kept()
			test.destroy(&facts)
			verdicts := demo.Check(facts)
			require.Len(t, verdicts, none)
			for i, v := range verdicts {
				require.NotEmpty(t, v.Promise)
				if i == test.broken {
					require.Equal(t, []string{test.want}, v.Broken, v.Promise)
				} else {
					require.Empty(t, v.Broken, v.Promise)
				}
			}
		})
	}
}

func TestShare(t *testing.T) {
	buyer := func(got demo.Ending) demo.OrderFacts {
		return demo.OrderFacts{Status: got.Status, Reason: got.Reason, Events: got.Events}
	}
	gets := demo.Ending{Status: order.Completed, Events: []order.EventType{order.EventPlaced, order.EventReserved, order.EventCompleted}}
	comesLate := demo.Ending{Status: order.Rejected, Reason: order.OutOfStock, Events: []order.EventType{order.EventPlaced, order.EventStockRejected, order.EventRejected}}
	tests := []struct {
		name          string
		first, second demo.Ending
		broken        []string
	}{
		{"the first gets it", gets, comesLate, nil},
		{"the second gets it", comesLate, gets, nil},
		{"both get it", gets, gets, []string{"second: is completed, and must be rejected (out_of_stock)"}},
		{"nobody gets it", comesLate, comesLate, []string{"first: is rejected (out_of_stock), and must be completed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			buyers := []demo.OrderFacts{buyer(test.first), buyer(test.second)}
			buyers[0].Name, buyers[1].Name = "first", "second"
			demo.Share(buyers, []demo.Ending{gets, comesLate})
			require.Equal(t, test.broken, demo.Check(demo.Facts{Orders: buyers})[0].Broken)
		})
	}
}
