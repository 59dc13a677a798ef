package stock_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"

	"makegood/servers"
	"makegood/tests/harness"
)

// shake has the master of the stock's slot hand over to its replica, and then
// moves the slot to another master, key by key, while orders are placed.
func shake(t *testing.T, s *sale) {
	s.after(t, 20)
	p, err := poolOf(t.Context(), s.RedisCluster)
	if !assert.NoError(t, err) || !assert.NoError(t, p.failOver(t.Context())) {
		return
	}
	s.after(t, 50)
	assert.NoError(t, s.RedisCluster.Migrate(t.Context(), p.slot, 50, func(int) error { return nil }))
}

// pool is the slot that the stock's keys are in.
type pool struct {
	slot int
	// witness is the address of a node that is asked about the others.
	witness string
}

// poolOf finds the slot by a key of the stock, and a witness that neither
// serves it nor waits to.
func poolOf(ctx context.Context, cluster *servers.RedisCluster) (pool, error) {
	for _, node := range cluster.Nodes {
		c := dial(node.Address)
		defer func() { _ = c.Close() }()
		keys := c.Scan(ctx, 0, "*stock:*", 1000).Iterator()
		if !keys.Next(ctx) {
			if keys.Err() != nil {
				return pool{}, keys.Err()
			}
			continue
		}
		slot, err := c.ClusterKeySlot(ctx, keys.Val()).Result()
		if err != nil {
			return pool{}, err
		}
		p := pool{slot: int(slot), witness: node.Address}
		_, other, err := p.nodes(ctx)
		p.witness = other.Addr
		return p, err
	}
	return pool{}, errors.New("no node has any stock")
}

// nodes is who serves the slot, its master first, and another master.
func (p pool) nodes(ctx context.Context) (serving []redis.ClusterNode, other redis.ClusterNode, err error) {
	c := dial(p.witness)
	defer func() { _ = c.Close() }()
	slots, err := c.ClusterSlots(ctx).Result() //nolint:staticcheck // what makegood's own client asks; SHARDS also names the dead
	for _, r := range slots {
		if r.Start <= p.slot && p.slot <= r.End {
			serving = r.Nodes
		} else {
			other = r.Nodes[0]
		}
	}
	if err == nil && len(serving) == 0 {
		err = fmt.Errorf("nobody serves slot %d", p.slot)
	}
	return serving, other, err
}

// pair is the slot's master and its replica.
func (p pool) pair(ctx context.Context) (master, replica redis.ClusterNode, err error) {
	serving, _, err := p.nodes(ctx)
	if err == nil && len(serving) != 2 {
		err = fmt.Errorf("slot %d is served by %v", p.slot, serving)
	}
	if err != nil {
		return redis.ClusterNode{}, redis.ClusterNode{}, err
	}
	return serving[0], serving[1], nil
}

// follows waits until the node is the slot's master.
func (p pool) follows(ctx context.Context, id string) error {
	return harness.Await(ctx, time.Minute, func(ctx context.Context) error {
		serving, _, err := p.nodes(ctx)
		if err == nil && serving[0].ID != id {
			err = fmt.Errorf("%s is still the master", serving[0].Addr)
		}
		return err
	})
}

func (p pool) failOver(ctx context.Context) error {
	master, replica, err := p.pair(ctx)
	if err != nil {
		return err
	}
	c := dial(replica.Addr)
	defer func() { _ = c.Close() }()
	if err := c.ClusterFailover(ctx).Err(); err != nil {
		return fmt.Errorf("fail over from %s to %s: %w", master.Addr, replica.Addr, err)
	}
	return p.follows(ctx, replica.ID)
}

func dial(address string) *redis.Client { return redis.NewClient(&redis.Options{Addr: address}) }
