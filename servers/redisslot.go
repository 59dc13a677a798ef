package servers

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Serving returns the master that serves the slot, and its replica, or nil if
// that is dead. Just after a change not all nodes agree: the first that answers
// is believed.
func (c *RedisCluster) Serving(ctx context.Context, slot int) (master, replica *RedisServer, err error) {
	here, _, err := c.serving(ctx, slot)
	if err != nil {
		return nil, nil, err
	}
	if len(here) > 1 {
		replica = c.at(here[1])
	}
	return c.at(here[0]), replica, nil
}

// serving returns the nodes that have the slot, and those of another part of
// the slots: the master first, then its replicas.
func (c *RedisCluster) serving(ctx context.Context, slot int) (here, elsewhere []redis.ClusterNode, err error) {
	var parts []redis.ClusterSlot
	var errs []error
	for _, node := range c.Nodes {
		var err error
		if parts, err = node.parts(ctx); err == nil {
			break
		}
		errs = append(errs, err)
	}
	for _, part := range parts {
		if part.Start <= slot && slot <= part.End {
			here = part.Nodes
		}
	}
	if here == nil {
		return nil, nil, errors.Join(append(errs, fmt.Errorf("no node serves slot %d", slot))...)
	}
	for _, part := range parts {
		if part.Nodes[0].ID != here[0].ID {
			elsewhere = part.Nodes
		}
	}
	return here, elsewhere, nil
}

func (c *RedisCluster) at(node redis.ClusterNode) *RedisServer {
	for _, n := range c.Nodes {
		if n.Address == node.Addr {
			return n
		}
	}
	return nil
}

// Migrate moves the slot to another master as redis-cli does, some keys at a
// time, while the cluster serves it. It calls meanwhile after each time with
// the number of keys that are left; after the last one the slot has not
// changed hands yet. An error of meanwhile leaves the slot half moved.
func (c *RedisCluster) Migrate(ctx context.Context, slot, atATime int, meanwhile func(left int) error) error {
	here, elsewhere, err := c.serving(ctx, slot)
	if err != nil {
		return err
	}
	if elsewhere == nil {
		return errors.New("one master has every slot")
	}
	fromID, toID := here[0].ID, elsewhere[0].ID
	from, to := c.at(here[0]), c.at(elsewhere[0])
	assign := func(node *RedisServer, what, id string) error {
		return node.ask(func(client *redis.Client) error {
			return client.Do(ctx, "CLUSTER", "SETSLOT", slot, what, id).Err()
		})
	}
	if err := errors.Join(assign(to, "IMPORTING", fromID), assign(from, "MIGRATING", toID)); err != nil {
		return err
	}
	for left := 1; left > 0; {
		if left, err = moveKeys(ctx, from, to, slot, atATime); err != nil {
			return fmt.Errorf("move keys of slot %d: %w", slot, err)
		}
		if err := meanwhile(left); err != nil {
			return err
		}
	}
	return errors.Join(assign(to, "NODE", toID), assign(from, "NODE", toID))
}

// moveKeys moves up to n keys of the slot and returns how many are left.
func moveKeys(ctx context.Context, from, to *RedisServer, slot, n int) (left int, err error) {
	host, port, err := net.SplitHostPort(to.Address)
	if err != nil {
		return 0, err
	}
	err = from.ask(func(client *redis.Client) error {
		keys, err := client.ClusterGetKeysInSlot(ctx, slot, n).Result()
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			args := []any{"MIGRATE", host, port, "", 0, migrateTimeout, "KEYS"}
			for _, key := range keys {
				args = append(args, key)
			}
			if err := client.Do(ctx, args...).Err(); err != nil {
				return err
			}
		}
		count, err := client.ClusterCountKeysInSlot(ctx, slot).Result()
		left = int(count)
		return err
	})
	return left, err
}

const migrateTimeout = 5000 // ms

// parts are the slots, with the nodes that have them, as far as this one knows.
func (s *RedisServer) parts(ctx context.Context) (parts []redis.ClusterSlot, err error) {
	err = s.ask(func(client *redis.Client) (err error) {
		parts, err = client.ClusterSlots(ctx).Result() //nolint:staticcheck // CLUSTER SHARDS wants Redis 7
		return err
	})
	return parts, err
}

// ask runs commands on the node, over a connection of their own and never twice.
func (s *RedisServer) ask(run func(*redis.Client) error) error {
	client := redis.NewClient(&redis.Options{
		Addr: s.Address, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	defer func() { _ = client.Close() }()
	return run(client)
}
