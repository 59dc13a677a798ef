package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"makegood/order"
)

// State is what happened to an order's units, as its record says.
type State string

// The states. An order that no script was ever run for has none.
const (
	Unrecorded State = ""
	Held       State = "held"
	Short      State = "short"
	Committed  State = "committed"
	Released   State = "released"
	Fenced     State = "fenced" // released before anything was held
)

// Record is what is on record of an order's units.
type Record struct {
	State State
	Demand
}

// written is the record as Redis keeps it. An order without one has none of it.
type written struct {
	State       State            `json:"state"`
	Fingerprint string           `json:"fingerprint"`
	Lines       map[string]int64 `json:"lines"`
}

// Records returns what is on record of each of the orders, in their order.
func (s *Stock) Records(ctx context.Context, ids []order.ID) ([]Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = s.keys.order(id)
	}
	values, err := s.client.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, fmt.Errorf("read the records of orders: %w", err)
	}
	records := make([]Record, len(ids))
	for i, id := range ids {
		records[i].Order = id
		text, known := values[i].(string)
		if !known {
			continue
		}
		var w written
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			return nil, fmt.Errorf("read the record of %s: %w", id, err)
		}
		records[i].State, records[i].Fingerprint = w.State, w.Fingerprint
		for _, sku := range slices.Sorted(maps.Keys(w.Lines)) {
			records[i].Lines = append(records[i].Lines, order.Line{SKU: sku, Quantity: w.Lines[sku]})
		}
	}
	return records, nil
}

// Hold is an order that holds units, and since when.
type Hold struct {
	Order order.ID
	Since time.Time
}

// Holds returns a page of the orders that hold units, in no order, and the
// cursor of the next one: 0 after the last one, as for the first. While orders
// come and go a page may repeat one, and may miss one that came or went.
func (s *Stock) Holds(ctx context.Context, cursor uint64) (page []Hold, next uint64, err error) {
	pairs, next, err := s.client.HScan(ctx, s.keys.holds(), cursor, "", holdsPage).Result()
	if err != nil {
		return nil, 0, fmt.Errorf("list holds: %w", err)
	}
	for pair := range slices.Chunk(pairs, 2) {
		ms, err := strconv.ParseInt(pair[1], 10, 64)
		if err != nil {
			return nil, 0, fmt.Errorf("list holds: since when %s holds: %w", pair[0], err)
		}
		page = append(page, Hold{order.ID(pair[0]), time.UnixMilli(ms)})
	}
	return page, next, nil
}

// holdsPage is about how many there are on a page.
const holdsPage = 1000
