package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

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
	// Unreadable is a record that somebody spoilt.
	Unreadable State = "unreadable"
)

// Record is what is on record of an order's units.
type Record struct {
	State State
	Demand
	// Since is when the units were held, zero if they never were.
	Since time.Time
	// Listed says that the order is among the Holds, as it has to be while it
	// is Held.
	Listed bool
}

// written is the record as Redis keeps it.
type written struct {
	State       State            `json:"state"`
	Fingerprint string           `json:"fingerprint"`
	Lines       map[string]int64 `json:"lines"`
	ReservedAt  int64            `json:"reserved_at"` // unix ms
}

// Records returns what is on record of each of the orders, in their order.
func (s *Stock) Records(ctx context.Context, ids []order.ID) ([]Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys, fields := make([]string, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		keys[i], fields[i] = s.keys.order(id), string(id)
	}
	var values, listed *redis.SliceCmd
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		values, listed = p.MGet(ctx, keys...), p.HMGet(ctx, s.keys.holds(), fields...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the records of orders: %w", err)
	}
	records := make([]Record, len(ids))
	for i, id := range ids {
		records[i] = newRecord(id, values.Val()[i])
		records[i].Listed = listed.Val()[i] != nil
	}
	return records, nil
}

func newRecord(id order.ID, value any) Record {
	r := Record{Demand: Demand{Order: id}}
	text, known := value.(string)
	if !known {
		return r
	}
	var w written
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		r.State = Unreadable
		return r
	}
	r.State, r.Fingerprint = w.State, w.Fingerprint
	if w.ReservedAt > 0 {
		r.Since = time.UnixMilli(w.ReservedAt).UTC()
	}
	for _, sku := range slices.Sorted(maps.Keys(w.Lines)) {
		r.Lines = append(r.Lines, order.Line{SKU: sku, Quantity: w.Lines[sku]})
	}
	return r
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
