package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/alecthomas/kong"

	"makegood/bench"
)

// benchServers say on what whole orders are measured.
type benchServers struct {
	Servers  bool `help:"Measure the servers that the environment names (TEMPORAL_*, REDIS_URL, AMQP_URL, EVENT_TRANSPORT), which no shop uses meanwhile. Otherwise it starts its own."`
	Postgres bool `help:"Start a Temporal server on a PostgreSQL of its own, in place of the dev server in memory. It is built first, once, which takes minutes."`

	RedisURL       redisURL  `env:"REDIS_URL" default:"redis://127.0.0.1:6379/0" help:"With --servers: the Redis."`
	AMQPURL        amqpURL   `env:"AMQP_URL" name:"amqp-url" default:"amqp://guest:guest@127.0.0.1:5672/" help:"With --servers: the RabbitMQ, with a virtual host that makegood has never used."`
	EventTransport transport `env:"EVENT_TRANSPORT" default:"rabbitmq" help:"With --servers: what carries the events, rabbitmq or redis."`
}

const benchServersHelp = `It starts Temporal, Redis, RabbitMQ, the simulators and makegood's roles, each as a process of its own, and ends them. With --servers it starts only simulators and roles, loads the servers of the environment as much as it can, and leaves its orders in the namespace and its stock in Redis: give it a namespace and a virtual host that nobody uses. What it declares in the virtual host it deletes.`

// Validate is called by kong.
func (b *benchServers) Validate() error {
	if b.Servers && b.Postgres {
		return errors.New("--servers and --postgres: the first one names a Temporal server, the second one starts one; leave one of them out")
	}
	return nil
}

// measured starts makegood in one shape, has it measured, and ends everything.
func (b *benchServers) measured(ctx context.Context, k *kong.Kong, roles []benchRole, measure func(bench.World) error) error {
	return b.open(ctx, k, func(s *benchStack) (err error) {
		world, stop, err := s.startRoles(ctx, roles)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
		return measure(world)
	})
}

// open starts the servers and what else makegood needs, and ends it after use.
func (b *benchServers) open(ctx context.Context, k *kong.Kong, use func(*benchStack) error) (err error) {
	dir, err := os.MkdirTemp("", "makegood-bench-")
	if err != nil {
		return err
	}
	s := &benchStack{dir: dir, out: k.Stderr}
	defer func() { err = errors.Join(err, s.stop()) }()
	if b.Servers {
		err = s.useServers(b)
	} else {
		err = s.startServers(ctx, b.Postgres)
	}
	if err == nil {
		err = s.startWorld(ctx)
	}
	if err == nil {
		err = use(s)
	}
	return orStopped(ctx, err)
}

func orStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && err != nil {
		return fmt.Errorf("stopped before the end: %w", ctx.Err())
	}
	return err
}

type benchCallers int

func (c *benchCallers) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 || n > 1000 {
		return fmt.Errorf("%q is no number of callers from 1 to 1000", text)
	}
	*c = benchCallers(n)
	return nil
}
