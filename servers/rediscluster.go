package servers

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// RedisCluster is a Redis Cluster of three masters, each with a replica.
type RedisCluster struct {
	// Nodes are the masters first, as the cluster began.
	Nodes []*RedisServer
	URL   string // as REDIS_URL takes it
}

const (
	masters  = 3
	replicas = 1 // of each
	// nodeTimeout is how long a node is silent before another takes its place,
	// in ms.
	nodeTimeout = "2000"
)

// NewRedisCluster starts the nodes and joins them, with redis-server and
// redis-cli from PATH. It returns when the cluster is whole.
func NewRedisCluster(ctx context.Context, options Options) (_ *RedisCluster, err error) {
	c := &RedisCluster{Nodes: make([]*RedisServer, masters*(1+replicas))}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	group, starting := errgroup.WithContext(ctx)
	for i := range c.Nodes {
		group.Go(func() error {
			bus, err := FreePort(0)
			if err != nil {
				return err
			}
			c.Nodes[i], err = startRedis(starting, fmt.Sprintf("redis-%d", i+1), options,
				"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus), "--cluster-node-timeout", nodeTimeout,
				"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1")
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	addresses := make([]string, len(c.Nodes))
	for i, node := range c.Nodes {
		addresses[i] = node.Address
	}
	join := append([]string{"--cluster", "create"}, addresses...)
	if _, err := c.CLI(ctx, append(join, "--cluster-replicas", strconv.Itoa(replicas), "--cluster-yes")...); err != nil {
		return nil, err
	}
	c.URL = "redis+cluster://" + addresses[0] + "?addr=" + strings.Join(addresses[1:], "&addr=")
	return c, c.AwaitWhole(ctx)
}

// AwaitWhole waits, for half a minute at most, until every node serves and
// each master has a replica that follows it: one may die then.
func (c *RedisCluster) AwaitWhole(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := c.whole(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the Redis cluster is not whole in time: %w", err)
		case <-tick.C:
		}
	}
}

// whole asks every node: they learn of each other by gossip, each in its time.
func (c *RedisCluster) whole(ctx context.Context) error {
	following := 0
	for _, node := range c.Nodes {
		err := node.ask(func(client *redis.Client) error {
			state, err := client.ClusterInfo(ctx).Result()
			if err != nil {
				return err
			}
			if !strings.Contains(state, "cluster_state:ok") {
				return errors.New("it does not serve yet")
			}
			parts, err := node.parts(ctx)
			if err != nil {
				return err
			}
			for _, part := range parts {
				if len(part.Nodes) != 1+replicas {
					return fmt.Errorf("it knows %d nodes for slot %d", len(part.Nodes), part.Start)
				}
			}
			role, err := client.Info(ctx, "replication").Result()
			if strings.Contains(role, "master_link_status:up") {
				following++
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", node.Address, err)
		}
	}
	if following < masters*replicas {
		return fmt.Errorf("%d replicas follow their masters, of %d", following, masters*replicas)
	}
	return nil
}

// CLI runs redis-cli with the arguments and returns what it printed.
func (c *RedisCluster) CLI(ctx context.Context, args ...string) (string, error) {
	said, err := exec.CommandContext(ctx, "redis-cli", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("redis-cli %s: %w: %s", strings.Join(args, " "), err, said)
	}
	return string(said), nil
}

// Stop ends every node for good.
func (c *RedisCluster) Stop() error {
	var errs []error
	for _, node := range c.Nodes {
		if node != nil {
			errs = append(errs, node.Stop())
		}
	}
	return errors.Join(errs...)
}
