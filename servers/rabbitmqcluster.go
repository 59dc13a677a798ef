package servers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// RabbitMQCluster is three nodes, one of which may die: quorum queues that are
// declared then have a member on each.
type RabbitMQCluster struct {
	Nodes []*RabbitMQServer
	URL   string // as AMQP_URL takes it: every node's

	epmd *Process
}

const brokers = 3

// NewRabbitMQCluster starts the nodes at once and joins them. It takes some
// 20 to 25 s on 2 cores.
func NewRabbitMQCluster(ctx context.Context, options Options) (_ *RabbitMQCluster, err error) {
	c := &RabbitMQCluster{Nodes: make([]*RabbitMQServer, brokers)}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	var epmdPort int
	if c.epmd, epmdPort, err = startEpmd(ctx, options.Dir); err != nil {
		return nil, err
	}
	cookie := rand.Text()
	urls := make([]string, brokers)
	group, starting := errgroup.WithContext(ctx)
	for i := range c.Nodes {
		node, err := newRabbitMQ(fmt.Sprintf("rabbitmq-%d", i+1), Options{Dir: options.Dir}, cookie)
		if err != nil {
			return nil, errors.Join(err, group.Wait())
		}
		c.Nodes[i], urls[i] = node, node.URL
		group.Go(func() error { return node.boot(starting, epmdPort) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, node := range c.Nodes[1:] { // one after another: each changes the schema of all
		join := fmt.Sprintf("rabbit:stop(), ok = rabbit_mnesia:join_cluster('%s', disc), rabbit:start().", c.Nodes[0].node())
		if _, err := node.Eval(ctx, join); err != nil {
			return nil, fmt.Errorf("join %s to the cluster: %w", node.node(), err)
		}
	}
	c.URL = strings.Join(urls, ",")
	return c, c.AwaitWhole(ctx)
}

// AwaitWhole waits, for a minute at most, until every node runs and knows that
// the others do.
func (c *RabbitMQCluster) AwaitWhole(ctx context.Context) error {
	return await(ctx, "the RabbitMQ cluster is not whole", func() error {
		for _, node := range c.Nodes {
			running, err := node.Eval(ctx, "length(rabbit_nodes:all_running()).")
			if err != nil {
				return fmt.Errorf("%s: %w", node.Address, err)
			}
			if running != fmt.Sprint(brokers) {
				return fmt.Errorf("%s knows %s running nodes", node.Address, running)
			}
		}
		return nil
	})
}

// Leader waits, for a minute at most, until the quorum queue of the default
// virtual host has a leader and followers on all other nodes, and returns the
// leader's. A queue that was declared less than 2 s before is not to lose it
// yet: on 3.10 it may find no other, ever.
func (c *RabbitMQCluster) Leader(ctx context.Context, queue string) (leader *RabbitMQServer, err error) {
	members := fmt.Sprintf(`Members = [{proplists:get_value(<<"Raft State">>, M), proplists:get_value(<<"Node Name">>, M)} || M <- rabbit_quorum_queue:status(<<"/">>, %s)], `+
		`case lists:sort(Members) of [{follower, _}, {follower, _}, {leader, Node}] -> Node; Other -> Other end.`, erlangBinary(queue))
	err = await(ctx, "queue "+queue+" is not settled", func() error {
		said, err := c.alive().Eval(ctx, members)
		for _, node := range c.Nodes {
			if node.node() == said {
				leader = node
				return nil
			}
		}
		return cmp.Or(err, errors.New(said))
	})
	return leader, err
}

// alive is the first node that runs.
func (c *RabbitMQCluster) alive() *RabbitMQServer {
	for _, node := range c.Nodes {
		select {
		case <-node.Exited():
		default:
			return node
		}
	}
	return c.Nodes[0]
}

func await(ctx context.Context, what string, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s in time: %w", what, err)
		case <-tick.C:
		}
	}
}

// Stop ends every node for good.
func (c *RabbitMQCluster) Stop() error {
	var errs []error
	for _, node := range c.Nodes {
		if node != nil {
			errs = append(errs, node.Stop())
		}
	}
	if c.epmd != nil {
		errs = append(errs, c.epmd.Stop())
	}
	return errors.Join(errs...)
}
