package stock_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
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
	assert.NoError(t, c.move(t.Context()))
}

// pool is the slot that the stock's keys are in.
type pool struct {
	*harness.System
	slot int64
}

func slotOf(t *testing.T, s *harness.System) int64 {
	c := dial(s.RedisCluster.Nodes[0].Address)
	defer func() { _ = c.Close() }()
	slot, err := c.ClusterKeySlot(t.Context(), "{stock:"+s.Namespace+"}").Result()
	assert.NoError(t, err)
	return slot
}

// owner is the node that serves the slot, and its replica.
func (p pool) owner(ctx context.Context) (owner, replica, other redis.ClusterNode, err error) {
	c := dial(p.RedisCluster.Nodes[1].Address)
	defer func() { _ = c.Close() }()
	slots, err := c.ClusterSlots(ctx).Result()
	for _, r := range slots {
		switch {
		case int64(r.Start) > p.slot || int64(r.End) < p.slot:
			other = r.Nodes[0]
		case len(r.Nodes) < 2:
			err = errors.Join(err, fmt.Errorf("slot %d has no replica", p.slot))
		default:
			owner, replica = r.Nodes[0], r.Nodes[1]
		}
	}
	return owner, replica, other, err
}

func (p pool) failOver(ctx context.Context) error {
	owner, replica, _, err := p.owner(ctx)
	if err != nil {
		return err
	}
	c := dial(replica.Addr)
	defer func() { _ = c.Close() }()
	if err := c.ClusterFailover(ctx).Err(); err != nil {
		return fmt.Errorf("fail over from %s to %s: %w", owner.Addr, replica.Addr, err)
	}
	return harness.Await(ctx, time.Minute, func(ctx context.Context) error {
		now, _, _, err := p.owner(ctx)
		if err == nil && now.ID != replica.ID {
			err = fmt.Errorf("%s is still the master", now.Addr)
		}
		return err
	})
}

// move migrates the slot's keys, some at a time, as redis-cli does.
func (p pool) move(ctx context.Context) error {
	from, _, to, err := p.owner(ctx)
	if err != nil {
		return err
	}
	source, target := dial(from.Addr), dial(to.Addr)
	defer func() { _, _ = source.Close(), target.Close() }()
	slot := strconv.FormatInt(p.slot, 10)
	err = errors.Join(
		target.Do(ctx, "CLUSTER", "SETSLOT", slot, "IMPORTING", from.ID).Err(),
		source.Do(ctx, "CLUSTER", "SETSLOT", slot, "MIGRATING", to.ID).Err())
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(to.Addr)
	if err != nil {
		return err
	}
	for {
		keys, err := source.ClusterGetKeysInSlot(ctx, int(p.slot), 50).Result()
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			break
		}
		args := []any{"MIGRATE", host, port, "", 0, 5000, "KEYS"}
		for _, key := range keys {
			args = append(args, key)
		}
		if err := source.Do(ctx, args...).Err(); err != nil {
			return fmt.Errorf("migrate %s: %w", strings.Join(keys, " "), err)
		}
	}
	return errors.Join(
		target.Do(ctx, "CLUSTER", "SETSLOT", slot, "NODE", to.ID).Err(),
		source.Do(ctx, "CLUSTER", "SETSLOT", slot, "NODE", to.ID).Err())
}

func dial(address string) *redis.Client { return redis.NewClient(&redis.Options{Addr: address}) }
