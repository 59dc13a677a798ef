package inventory

import (
	"context"
	"fmt"
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
)

// Record is what is on record of an order's units.
type Record struct {
	State State
	Demand
}

// Records returns what is on record of each of the orders, in their order.
func (s *Stock) Records(ctx context.Context, ids []order.ID) ([]Record, error) {
	replies := make([]*redis.SliceCmd, len(ids))
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			replies[i] = p.HMGet(ctx, s.keys.order(id), "state", "fingerprint", "lines")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the records of orders: %w", err)
	}
	records := make([]Record, len(ids))
	for i, reply := range replies {
		state, _ := reply.Val()[0].(string)
		fingerprint, _ := reply.Val()[1].(string)
		records[i] = Record{State: State(state), Demand: Demand{Order: ids[i], Fingerprint: fingerprint}}
		lines, _ := reply.Val()[2].(string)
		if records[i].Lines, err = recorded(lines); err != nil {
			return nil, fmt.Errorf("read the record of %s: %w", ids[i], err)
		}
	}
	return records, nil
}

// Holds returns up to limit orders that have held units since before the time.
// The oldest come first, and skip of them are passed over.
func (s *Stock) Holds(ctx context.Context, before time.Time, skip, limit int) ([]order.ID, error) {
	words, err := s.client.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: s.keys.holds(), ByScore: true, Start: "-inf", Stop: "(" + strconv.FormatInt(before.UnixMilli(), 10),
		Offset: int64(skip), Count: int64(limit),
	}).Result()
	if err != nil {
		return nil, fmt.Errorf("list holds: %w", err)
	}
	ids := make([]order.ID, len(words))
	for i, word := range words {
		ids[i] = order.ID(word)
	}
	return ids, nil
}
