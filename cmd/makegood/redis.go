package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"makegood/inventory"
	"makegood/telemetry"
	"makegood/worker"
)

// redisPart reads the server's settings as soon as it answers: one that lets
// it drop records on its own stops the role, another risk is a warning.
func (c *connections) redisPart() part {
	return part{"redis", func(ctx context.Context) error {
		stock := c.stock(worker.Retention)
		for waiting := false; ; waiting = true {
			err := stock.Ping(ctx)
			if err == nil {
				break
			}
			if !waiting {
				c.log.Warn("waiting for Redis", "error", err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(time.Second):
			}
		}
		warnings, err := stock.CheckServer(ctx)
		for _, warning := range warnings {
			c.log.Warn(warning)
		}
		if err != nil {
			return fmt.Errorf("REDIS_URL: %w", err)
		}
		<-ctx.Done()
		return nil
	}}
}

// redisCheck is required: without the stock no order gets anywhere.
func (c *connections) redisCheck() telemetry.Check {
	return telemetry.Check{Name: "redis", Required: true, Probe: c.stock(worker.Retention).Ping}
}

// openStock opens the stock for a command, and asks whether it is there. The
// caller closes it.
func openStock(ctx context.Context, url redisURL, cfg inventory.Config) (stock *inventory.Stock, shut func(), err error) {
	client, err := inventory.Open(string(url))
	if err != nil {
		return nil, nil, err
	}
	stock, shut = inventory.New(client, cfg), func() { _ = client.Close() }
	if err := stock.Ping(ctx); err != nil {
		shut()
		return nil, nil, fmt.Errorf("--redis-url: %w", err)
	}
	return stock, shut, nil
}

// redisLog takes go-redis's own lines into ours. They repeat what every failed
// call returns.
type redisLog struct{ log *slog.Logger }

func (l redisLog) Printf(ctx context.Context, format string, values ...any) {
	l.log.DebugContext(ctx, fmt.Sprintf(format, values...))
}
