package inventory

import "makegood/order"

// Demand is what one order asks of the stock.
type Demand struct {
	Order order.ID
	// Fingerprint is of the order's body.
	Fingerprint string
	// Lines have one SKU each.
	Lines []order.Line
}

// DemandOf returns the order's demand.
func DemandOf(o order.Order) Demand {
	return Demand{Order: o.ID, Fingerprint: o.Fingerprint(), Lines: o.Quantities()}
}

// quantities is the demand by SKU, as its record keeps it.
func (d Demand) quantities() map[string]int64 {
	quantities := make(map[string]int64, len(d.Lines))
	for _, l := range d.Lines {
		quantities[l.SKU] = l.Quantity
	}
	return quantities
}
