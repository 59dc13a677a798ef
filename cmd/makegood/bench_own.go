package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.temporal.io/sdk/client"

	"makegood/servers"
	"makegood/workflows"
)

// startServers starts Temporal, Redis and RabbitMQ. What stands in for them
// elsewhere is never measured.
func (s *benchStack) startServers(ctx context.Context, postgres bool) error {
	if !servers.HasRedis() || !servers.HasRabbitMQ() {
		return errors.New("there is nothing to measure: install redis-server and rabbitmq-server (Debian: apt-get install redis-server rabbitmq-server), or give --servers")
	}
	fmt.Fprintln(s.out, "Starting Temporal, Redis and RabbitMQ.")
	if err := s.startTemporal(ctx, postgres); err != nil {
		return err
	}
	cache, err := servers.Redis(ctx, servers.Options{Dir: s.dir})
	if err != nil {
		return err
	}
	s.server("redis", cache.Process)
	broker, err := servers.RabbitMQ(ctx, servers.Options{Dir: s.dir})
	if err != nil {
		return err
	}
	s.server("rabbitmq", broker.Process)
	s.settings = &Settings{RedisURL: redisURL(cache.URL), AMQPURL: amqpURL(broker.URL), EventTransport: "rabbitmq"}
	return nil
}

func (s *benchStack) startTemporal(ctx context.Context, postgres bool) (err error) {
	var server *servers.TemporalServer
	if postgres {
		database, startErr := servers.PostgreSQL(ctx, servers.Options{Dir: s.dir})
		if startErr != nil {
			return startErr
		}
		s.server("postgresql", database.Process)
		server, err = servers.TemporalOnPostgreSQL(ctx, database, servers.TemporalPostgreSQLOptions{
			Dir: s.dir, Out: s.out, SearchAttributes: workflows.SearchAttributes(),
		})
	} else {
		server, err = servers.Temporal(ctx, servers.TemporalOptions{
			Dir: s.dir, Out: s.out, Cached: true, SearchAttributes: workflows.SearchAttributes(),
		})
	}
	if err != nil {
		return err
	}
	s.server("temporal", server.Process)
	s.options = client.Options{HostPort: server.Address, Namespace: client.DefaultNamespace}
	s.temporal = []string{"TEMPORAL_ADDRESS=" + server.Address}
	return nil
}

// useServers takes those of the environment, for the roles too.
func (s *benchStack) useServers(b *benchServers) (err error) {
	if s.options, err = temporalOptions(); err != nil {
		return err
	}
	s.temporal = []string{"HOME=" + os.Getenv("HOME")} // Temporal's profile file may be there
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TEMPORAL_") {
			s.temporal = append(s.temporal, variable)
		}
	}
	s.settings = &Settings{RedisURL: b.RedisURL, AMQPURL: b.AMQPURL, EventTransport: b.EventTransport}
	return nil
}
