package bench

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// removeKeys deletes what the run has kept in Redis, on every node of a cluster.
func (r *eventsRun) removeKeys(ctx context.Context) error {
	remove := func(ctx context.Context, node *redis.Client) error {
		for _, pattern := range []string{"inbox:" + r.namespace + ":*", "{events:" + r.namespace + "}*"} {
			for cursor, more := uint64(0), true; more; more = cursor != 0 {
				var keys []string
				var err error
				if keys, cursor, err = node.Scan(ctx, cursor, pattern, atOnce).Result(); err != nil {
					return fmt.Errorf("remove keys %s: %w", pattern, err)
				}
				_, err = node.Pipelined(ctx, func(p redis.Pipeliner) error {
					for _, key := range keys { // each may have a slot of its own
						p.Unlink(ctx, key)
					}
					return nil
				})
				if err != nil {
					return fmt.Errorf("remove keys %s: %w", pattern, err)
				}
			}
		}
		return nil
	}
	switch client := r.redis.(type) {
	case *redis.Client:
		return remove(ctx, client)
	case *redis.ClusterClient:
		return client.ForEachMaster(ctx, remove)
	}
	return fmt.Errorf("%T is no client of one server or a cluster", r.redis)
}
