package inventory

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"makegood/order"
)

// ErrUnknownSKU says that nobody ever put the SKU in stock.
var ErrUnknownSKU = errors.New("unknown SKU")

// ErrCursor says that no page of levels ended at a cursor.
var ErrCursor = errors.New("no page of the stock ends there")

// Level is how many units there are of one SKU.
type Level struct {
	SKU string `json:"sku"`
	// OnHand includes what is held.
	OnHand int64 `json:"on_hand"`
	// Held is what open orders have reserved.
	Held int64 `json:"held"`
	// Available is OnHand less Held.
	Available int64 `json:"available"`
}

// Level returns the SKU's level, or ErrUnknownSKU.
func (s *Stock) Level(ctx context.Context, sku string) (Level, error) {
	levels, err := s.levels(ctx, []string{sku})
	if err != nil {
		return Level{}, fmt.Errorf("read stock of %s: %w", sku, err)
	}
	level, known := levels[sku]
	if !known {
		return Level{}, fmt.Errorf("read stock of %s: %w", sku, ErrUnknownSKU)
	}
	return level, nil
}

// LevelsOf returns the levels of those of the SKUs that are known, in one round
// trip.
func (s *Stock) LevelsOf(ctx context.Context, skus []string) (map[string]Level, error) {
	levels, err := s.levels(ctx, skus)
	if err != nil {
		return nil, fmt.Errorf("read stock of %d SKUs: %w", len(skus), err)
	}
	return levels, nil
}

// Levels returns up to limit levels of the SKUs after cursor, in the order of
// their bytes, and the cursor of the next page: empty after the last one. The
// empty cursor is the first page's, and a page has at least one place. It
// returns ErrCursor for one that is no known SKU.
func (s *Stock) Levels(ctx context.Context, cursor string, limit int) ([]Level, string, error) {
	limit = max(limit, 1)
	// One more than asked for tells whether there is a next page.
	page := redis.ZRangeArgs{Key: s.keys.skus(), Start: "-", Stop: "+", ByLex: true, Count: int64(limit) + 1}
	if cursor != "" {
		page.Start, page.Count = "["+cursor, page.Count+1
	}
	skus, err := s.client.ZRangeArgs(ctx, page).Result()
	if err != nil {
		return nil, "", fmt.Errorf("list stock: %w", err)
	}
	if cursor != "" {
		if len(skus) == 0 || skus[0] != cursor {
			return nil, "", fmt.Errorf("list stock: %w", ErrCursor)
		}
		skus = skus[1:]
	}
	next := ""
	if len(skus) > limit {
		skus = skus[:limit]
		next = skus[limit-1]
	}
	known, err := s.levels(ctx, skus)
	if err != nil {
		return nil, "", fmt.Errorf("list stock: %w", err)
	}
	levels := make([]Level, 0, len(skus))
	for _, sku := range skus {
		if level, ok := known[sku]; ok {
			levels = append(levels, level)
		}
	}
	return levels, next, nil
}

// Shortages returns what a Reserve of the lines would be refused for now, and
// nothing if it would be granted. It is a look, not a hold: the saga has the
// last word.
func (s *Stock) Shortages(ctx context.Context, lines []order.Line) ([]order.Shortage, error) {
	if err := checkLines(lines); err != nil {
		return nil, fmt.Errorf("look at stock: %w", err)
	}
	sums := order.Request{Lines: lines}.Quantities()
	skus := make([]string, len(sums))
	for i, l := range sums {
		skus[i] = l.SKU
	}
	levels, err := s.levels(ctx, skus)
	if err != nil {
		return nil, fmt.Errorf("look at stock: %w", err)
	}
	var short []order.Shortage
	for _, l := range sums {
		if available := levels[l.SKU].Available; l.Quantity > available {
			short = append(short, order.Shortage{SKU: l.SKU, Asked: l.Quantity, Available: available})
		}
	}
	return short, nil
}

// levels reads the known ones of the SKUs, all as of one moment.
func (s *Stock) levels(ctx context.Context, skus []string) (map[string]Level, error) {
	if len(skus) == 0 {
		return nil, nil
	}
	keys := make([]string, 0, 2*len(skus))
	for _, sku := range skus {
		keys = append(keys, s.keys.available(sku), s.keys.onHand(sku))
	}
	values, err := s.client.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, err
	}
	levels := make(map[string]Level, len(skus))
	for i, sku := range skus {
		available, known := values[2*i].(string)
		if !known {
			continue
		}
		level := Level{SKU: sku}
		if level.Available, err = strconv.ParseInt(available, 10, 64); err != nil {
			return nil, fmt.Errorf("available of %s: %w", sku, err)
		}
		onHand, _ := values[2*i+1].(string)
		if level.OnHand, err = strconv.ParseInt(onHand, 10, 64); err != nil {
			return nil, fmt.Errorf("on hand of %s: %w", sku, err)
		}
		level.Held = level.OnHand - level.Available
		levels[sku] = level
	}
	return levels, nil
}
