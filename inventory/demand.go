package inventory

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"makegood/order"
)

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

// record is the demand as its record keeps it.
func (d Demand) record() ([]byte, error) {
	quantities := make(map[string]int64, len(d.Lines))
	for _, l := range d.Lines {
		quantities[l.SKU] = l.Quantity
	}
	return json.Marshal(quantities)
}

// recorded reads the lines that a record keeps. A tombstone has none.
func recorded(text string) ([]order.Line, error) {
	if text == "" {
		return nil, nil
	}
	var quantities map[string]int64
	if err := json.Unmarshal([]byte(text), &quantities); err != nil {
		return nil, fmt.Errorf("lines on record: %w", err)
	}
	lines := make([]order.Line, 0, len(quantities))
	for _, sku := range slices.Sorted(maps.Keys(quantities)) {
		lines = append(lines, order.Line{SKU: sku, Quantity: quantities[sku]})
	}
	return lines, nil
}
