package inventory

import (
	"context"
	"fmt"
	"strconv"
)

// Added returns what Set and Adjust ever put in, less what they took out, of
// each of the SKUs that is known. While nobody changes the stock past this
// package, it is what is on hand and what was committed together.
func (s *Stock) Added(ctx context.Context, skus []string) (map[string]int64, error) {
	if len(skus) == 0 {
		return nil, nil
	}
	keys := make([]string, len(skus))
	for i, sku := range skus {
		keys[i] = s.keys.added(sku)
	}
	values, err := s.client.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, fmt.Errorf("read what was added to stock: %w", err)
	}
	added := make(map[string]int64, len(skus))
	for i, sku := range skus {
		text, known := values[i].(string)
		if !known {
			continue
		}
		if added[sku], err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, fmt.Errorf("added of %s: %w", sku, err)
		}
	}
	return added, nil
}
