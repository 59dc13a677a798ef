package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// SetupCmd prepares the servers; each role does the same when it starts.
type SetupCmd struct {
	Settings `embed:""`
	Within   duration `default:"60s" help:"How long to wait for the servers to answer."`
}

// Run prepares the Temporal namespace and the broker, and says what it did.
func (cmd *SetupCmd) Run(ctx context.Context) error {
	c, err := connect("setup", &cmd.Settings)
	if err != nil {
		return err
	}
	defer c.close()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(cmd.Within))
	defer cancel()
	err = c.awaitTemporal(ctx, func(ctx context.Context, retention time.Duration) error {
		if err := c.scheduleAudit(ctx); err != nil {
			return err
		}
		fmt.Fprintf(os.Stdout, "Temporal namespace %s keeps orders for %.0f days\n", c.options.Namespace, retention.Hours()/24)
		return nil
	})
	if err != nil {
		return fmt.Errorf("TEMPORAL_ADDRESS %s did not answer within %s: %w", c.options.HostPort, cmd.Within, err)
	}
	return c.declare(ctx)
}

// declare makes the exchanges and queues, or the streams and groups.
func (c *connections) declare(ctx context.Context) error {
	publisher, err := c.publisher()
	if err != nil {
		return err
	}
	defer func() { _ = publisher.Close() }()
	if err := awaitBroker(ctx, publisher.Ready); err != nil {
		return fmt.Errorf("the broker did not take the topology: %w", err)
	}
	fmt.Fprintf(os.Stdout, "events travel over %s\n", c.settings.EventTransport)
	return nil
}
