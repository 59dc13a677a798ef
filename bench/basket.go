package bench

import (
	"fmt"

	"makegood/order"
)

// basket is what every order of a measurement buys: one unit of each of so
// many SKUs.
type basket struct {
	name  string // as the rows have it
	title string
	lines int
	skus  []string // what the orders are spread over
}

// plenty is on hand of each SKU: no round sells it all.
const plenty = 10_000_000

// baskets of 1 line, of 3 lines, and of a flash sale's one SKU.
func baskets(spread int) []basket {
	skus := make([]string, spread)
	for i := range skus {
		skus[i] = fmt.Sprintf("BENCH-%05d", i)
	}
	return []basket{
		{name: "1", title: "1 line", lines: 1, skus: skus},
		{name: "3", title: "3 lines", lines: 3, skus: skus},
		{name: "hot", title: "1 hot SKU", lines: 1, skus: skus[:1]},
	}
}

// decr is what the field does for the same lines: one DECR each.
func (b basket) decr() string {
	return fmt.Sprintf("%d × DECR, %s", b.lines, b.title)
}

// stride is a prime that doesn't divide a number of SKUs such as 10,000: steps
// of it come by every SKU before one a second time.
const stride = 7919

// sku is the number of the SKU on a line of the n-th order.
func (b basket) sku(n int64, line int) int {
	return int((n*int64(b.lines) + int64(line)) % int64(len(b.skus)) * stride % int64(len(b.skus)))
}

// order is the n-th one, as long as those that come over the API.
func (b basket) order(n int64) order.Order {
	lines := make([]order.Line, b.lines)
	for i := range lines {
		lines[i] = order.Line{SKU: b.skus[b.sku(n, i)], Quantity: 1, UnitPrice: 1250}
	}
	return order.Order{ID: order.ID(fmt.Sprintf("ord_%026d", n)), Request: order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR", PaymentMethod: "pm_card_visa", Lines: lines,
		ShippingAddress: order.Address{Name: "Ada", Line1: "1 Main St", City: "Berlin", PostalCode: "10115", Country: "DE"},
	}}
}
