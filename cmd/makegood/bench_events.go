package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"makegood/bench"
	"makegood/events"
	"makegood/servers"
)

// BenchEventsCmd is `makegood bench events`.
type BenchEventsCmd struct {
	Transport transport `env:"EVENT_TRANSPORT" name:"event-transport" default:"rabbitmq" help:"What carries the events: rabbitmq or redis."`
	AMQPURL   amqpURL   `env:"AMQP_URL" name:"amqp-url" help:"The RabbitMQ to measure, with a virtual host that makegood has never used. Without one, a rabbitmq-server of its own."`
	RedisURL  redisURL  `env:"REDIS_URL" help:"The Redis with the inbox. Without one, a redis-server of its own."`
	Rate      benchRate `default:"10000" help:"Events published a second for the latency."`
	Time      benchTime `default:"5s" help:"For how long each row is measured; the whole run takes about five times that."`
	JSON      bool      `name:"json" help:"Print JSON for scripts."`
}

// Help is the long help.
func (*BenchEventsCmd) Help() string {
	return `Loads its servers as much as it can: don't run it against those that a shop uses. It refuses a virtual host that has makegood's exchange, and removes what it has declared and kept at the end, also after Ctrl-C. What it is doing goes to standard error.

docs/benchmarks.md says what each row means.

Examples:

  makegood bench events
  makegood bench events --event-transport redis
  makegood bench events --amqp-url amqp://guest:guest@10.0.0.7:5672/bench --redis-url redis://10.0.0.8:6379/0
  makegood bench events --json > events.json`
}

// Run measures and reports.
func (c *BenchEventsCmd) Run(ctx context.Context, k *kong.Kong) (err error) {
	cfg := bench.EventsConfig{
		Transport: events.Transport(c.Transport), AMQPURL: string(c.AMQPURL), RedisURL: string(c.RedisURL),
		Rate: int(c.Rate), Time: time.Duration(c.Time), Progress: k.Stderr,
	}
	if cfg.RedisURL == "" {
		server, startErr := privateRedis(ctx, k.Stderr)
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		cfg.RedisURL = server.URL
	}
	if cfg.Transport == events.RabbitMQ && cfg.AMQPURL == "" {
		if !servers.HasRabbitMQ() {
			return errors.New("there is nothing to measure: give --amqp-url, or install rabbitmq-server (Debian: apt-get install rabbitmq-server)")
		}
		fmt.Fprintln(k.Stderr, "Starting a rabbitmq-server of its own, since AMQP_URL names none.")
		server, startErr := servers.RabbitMQ(ctx, servers.Options{})
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		cfg.AMQPURL = server.URL
	}
	fmt.Fprintf(k.Stderr, "This takes about %s.\n", 5*time.Duration(c.Time))
	report, err := bench.Events(ctx, cfg)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return fmt.Errorf("stopped before the end: %w", err)
	}
	if err != nil {
		return err
	}
	return writeBenchReport(k, c.JSON, report)
}

type benchRate int

func (r *benchRate) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 || n > 1_000_000 {
		return fmt.Errorf("%q is no number of events a second from 1 to 1000000", text)
	}
	*r = benchRate(n)
	return nil
}
