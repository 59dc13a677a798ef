package stock_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"

	"makegood/tests/harness"
)

// shake has the master of the stock's slot hand over to its replica, and then
// moves the slot to another master, key by key, while orders are placed.
func shake(t *testing.T, s *harness.System, placed *atomic.Int64) {
	after(t, placed, 200)
	c := pool{System: s, slot: slotOf(t, s)}
	if !assert.NoError(t, c.failOver(t.Context())) {
		return
	}
	after(t, placed, 500)
	assert.NoError(t, s.RedisCluster.Migrate(t.Context(), c.slot, 50, func(int) error { return nil }))
}

// pool is the slot that the stock's keys are in.
type pool struct {
	*harness.System
	slot int
}

func slotOf(t *testing.T, s *harness.System) int {
	c := dial(s.RedisCluster.Nodes[0].Address)
	defer func() { _ = c.Close() }()
	slot, err := c.ClusterKeySlot(t.Context(), "{stock:"+s.Namespace+"}").Result()
	assert.NoError(t, err)
	return int(slot)
}

func (p pool) failOver(ctx context.Context) error {
	owner, replica, err := p.RedisCluster.Serving(ctx, p.slot)
	if err != nil {
		return err
	}
	c := dial(replica.Address)
	defer func() { _ = c.Close() }()
	if err := c.ClusterFailover(ctx).Err(); err != nil {
		return fmt.Errorf("fail over from %s to %s: %w", owner.Address, replica.Address, err)
	}
	return harness.Await(ctx, time.Minute, func(ctx context.Context) error {
		now, _, err := p.RedisCluster.Serving(ctx, p.slot)
		if err == nil && now != replica {
			err = fmt.Errorf("%s is still the master", now.Address)
		}
		return err
	})
}

func dial(address string) *redis.Client { return redis.NewClient(&redis.Options{Addr: address}) }
