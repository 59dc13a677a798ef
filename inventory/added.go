package inventory

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Added returns what Set and Adjust ever put in, less what they took out, of
// each of the SKUs that is known. While nobody changes the stock past this
// package, it is what is on hand and what was committed together.
func (s *Stock) Added(ctx context.Context, skus []string) (map[string]int64, error) {
	if len(skus) == 0 {
		return nil, nil
	}
	replies := make([]*redis.StringCmd, len(skus))
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, sku := range skus {
			replies[i] = p.HGet(ctx, s.keys.sku(sku), "added")
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("read what was added to stock: %w", err)
	}
	added := make(map[string]int64, len(skus))
	for i, sku := range skus {
		switch text, err := replies[i].Result(); {
		case errors.Is(err, redis.Nil):
		case err != nil:
			return nil, fmt.Errorf("read what was added to stock: %w", err)
		default:
			if added[sku], err = strconv.ParseInt(text, 10, 64); err != nil {
				return nil, fmt.Errorf("added of %s: %w", sku, err)
			}
		}
	}
	return added, nil
}
