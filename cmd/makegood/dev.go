package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"makegood/servers"
)

const (
	defaultStepDeadline   = duration(10 * time.Minute)
	defaultAttentionAfter = duration(15 * time.Minute)
	defaultAuditEvery     = duration(time.Minute)
)

// DevCmd runs everything on this machine until it is stopped.
type DevCmd struct {
	NotificationSettings
	LogLevel logLevel `env:"LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
}

// Run starts the servers that are on PATH as private children, what stands in
// for the others, and all roles.
func (cmd *DevCmd) Run(ctx context.Context) (err error) {
	out := os.Stdout
	fmt.Fprintln(out, "makegood dev: starting …")
	s, err := newStack(ctx, out, ports{api: 8080, simulators: 8090, smtp: 1025, temporal: 7233, webUI: 8233}, cmd.LogLevel)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	cli, err := servers.TemporalBinary(ctx, out)
	if err != nil {
		return err
	}
	s.describe(out)
	fmt.Fprintf(out, "Try:  makegood stock set MUG-BLUE 100 --api-url %[1]s\n      makegood order place --sku MUG-BLUE:2@1250 --api-url %[1]s\n      WEBHOOK_URL and WEBHOOK_SECRETS send the events to a receiver of yours.\n      Ctrl-C stops everything.\n\n", s.apiURL())
	set := s.settings(cmd.LogLevel)
	fmt.Fprintf(out, "In a shell, for all other commands:\n%s\n", forShell(set, s.listener.Addr().String(), s.temporal.Address, cli))
	set.NotificationSettings = cmd.NotificationSettings
	return s.serve(ctx, set)
}

// ready waits until the gateway takes orders.
func (s *stack) ready(ctx context.Context) error {
	check := HealthcheckCmd{HTTPAddr: listenAddr(s.listener.Addr().String())}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := check.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the gateway did not get ready: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
