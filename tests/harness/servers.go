package harness

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/servers"
	"makegood/workflows"
)

// addresses of the servers that a system uses, past its links: host:port.
type addresses struct {
	temporal, temporalMetrics, redis, rabbitmq string
	// amqpURL is of the system's virtual host.
	amqpURL string
}

// serve finds the system's servers. Those of its own start all at once, and
// end after its roles.
func (s *System) serve(t testing.TB, p plan) {
	t.Helper()
	group, ctx := errgroup.WithContext(t.Context())
	group.Go(func() error { return s.findTemporal(ctx, p) })
	group.Go(func() error { return s.findRedis(ctx, p) })
	group.Go(func() error { return s.findRabbitMQ(ctx, p) })
	t.Cleanup(func() {
		if s.TemporalServer != nil {
			require.NoError(t, s.TemporalServer.Stop())
		}
		if s.Redis != nil {
			require.NoError(t, s.Redis.Stop())
		}
		if s.RedisCluster != nil {
			require.NoError(t, s.RedisCluster.Stop())
		}
		if s.RabbitMQ != nil {
			require.NoError(t, s.RabbitMQ.Stop())
		}
		if s.RabbitMQCluster != nil {
			require.NoError(t, s.RabbitMQCluster.Stop())
		}
	})
	require.NoError(t, group.Wait())
}

func (s *System) findTemporal(ctx context.Context, p plan) (err error) {
	if !p.ownTemporal {
		s.servers.temporal, s.servers.temporalMetrics = shared.temporal.Address, shared.temporal.MetricsURL
		return nil
	}
	s.TemporalServer, err = servers.Temporal(ctx, servers.TemporalOptions{
		Namespaces: []string{s.Namespace}, SearchAttributes: workflows.SearchAttributes(), Durable: true, UI: p.webUI, Out: os.Stderr,
	})
	if err == nil {
		s.servers.temporal, s.servers.temporalMetrics = s.TemporalServer.Address, s.TemporalServer.MetricsURL
	}
	return err
}

func (s *System) findRedis(ctx context.Context, p plan) (err error) {
	switch {
	case p.ownCluster:
		s.RedisCluster, err = servers.NewRedisCluster(ctx, servers.Options{})
		if err == nil {
			s.servers.redis = s.RedisCluster.Nodes[0].Address
		}
		return err
	case !p.ownRedis:
		s.servers.redis = shared.redis.Address
		return nil
	}
	s.Redis, err = servers.Redis(ctx, servers.Options{Durable: true})
	if err == nil {
		s.servers.redis = s.Redis.Address
	}
	return err
}

func (s *System) findRabbitMQ(ctx context.Context, p plan) (err error) {
	switch {
	case p.ownBrokers:
		s.RabbitMQCluster, err = servers.NewRabbitMQCluster(ctx, servers.Options{})
		if err == nil {
			s.servers.rabbitmq, s.servers.amqpURL = s.RabbitMQCluster.Nodes[0].Address, s.RabbitMQCluster.URL
		}
		return err
	case !p.ownRabbitMQ:
		s.servers.rabbitmq = shared.rabbitmq.Address
		s.servers.amqpURL, err = shared.rabbitmq.AddVhost(ctx, s.Namespace)
		return err
	}
	s.RabbitMQ, err = servers.RabbitMQ(ctx, servers.Options{Metrics: p.observed})
	if err == nil {
		s.servers.rabbitmq, s.servers.amqpURL = s.RabbitMQ.Address, s.RabbitMQ.URL
	}
	return err
}

// RedisURL and AMQPURL lead past the links, for a test that does by hand what
// no part of makegood would. The broker's is of the system's virtual host.
func (s *System) RedisURL() string {
	if s.RedisCluster != nil {
		return s.RedisCluster.URL
	}
	return "redis://" + s.servers.redis + "/0"
}

// TemporalMetricsURL is where Prometheus scrapes Temporal.
func (s *System) TemporalMetricsURL() string { return s.servers.temporalMetrics }

// AMQPURL is described with RedisURL.
func (s *System) AMQPURL() string { return s.servers.amqpURL }
