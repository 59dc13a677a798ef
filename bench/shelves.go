package bench

import (
	"context"
	"fmt"
)

// atOnce is how many keys one command of filling or removing has: few enough
// that nobody else waits for it.
const atOnce = 1000

// fill puts plenty of each of the basket's SKUs into the pool and into its
// counters, so that no measured call is the first one of a key.
func (r *stockRun) fill(ctx context.Context, b basket) error {
	all := load{workers: r.Connections, calls: int64(len(b.skus))}
	if _, err := all.run(ctx, func(ctx context.Context, n int64) error {
		sku := b.skus[n]
		_, err := r.pool.Set(ctx, sku, plenty, "fill-"+sku, "benchmark")
		return err
	}); err != nil {
		return err
	}
	var pairs []any
	for i, counter := range r.counters(b) {
		pairs = append(pairs, counter, plenty)
		if len(pairs) < 2*atOnce && i+1 < len(b.skus) {
			continue
		}
		if err := r.client.MSet(ctx, pairs...).Err(); err != nil {
			return fmt.Errorf("fill counters: %w", err)
		}
		pairs = pairs[:0]
	}
	return nil
}

// counters are the keys that DECR counts down in place of the pool's SKUs.
func (r *stockRun) counters(b basket) []string {
	keys := make([]string, len(b.skus))
	for i, sku := range b.skus {
		keys[i] = r.prefix + "decr:" + sku
	}
	return keys
}

// remove deletes every key of the run.
func (r *stockRun) remove(ctx context.Context) error {
	var cursor uint64
	for {
		keys, next, err := r.node.Scan(ctx, cursor, r.prefix+"*", atOnce).Result()
		if err != nil {
			return fmt.Errorf("remove keys: %w", err)
		}
		if len(keys) > 0 {
			if err := r.node.Unlink(ctx, keys...).Err(); err != nil {
				return fmt.Errorf("remove keys: %w", err)
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}
