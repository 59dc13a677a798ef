package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"makegood/audit"
	"makegood/worker"
)

// temporalOptions reads Temporal's own variables and profile file.
func temporalOptions() (client.Options, error) {
	if err := checkTemporalVariables(); err != nil {
		return client.Options{}, err
	}
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return options, namesTemporal(err)
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	_, port, err := net.SplitHostPort(options.HostPort)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return options, fmt.Errorf("TEMPORAL_ADDRESS: %q is not host:port, such as 127.0.0.1:7233", options.HostPort)
	}
	return options, nil
}

// awaitTemporal sets the namespace up and does what else is to do first, as soon
// as the server answers. It says once that it waits; each try begins anew.
func (c *connections) awaitTemporal(ctx context.Context, first func(ctx context.Context, retention time.Duration) error) error {
	const pause = time.Second
	for waiting := false; ; waiting = true {
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := c.setUpTemporal(attempt, first)
		cancel()
		if err == nil {
			c.log.Debug("connected to Temporal", "address", c.options.HostPort, "namespace", c.options.Namespace)
			return nil
		}
		if !waiting {
			c.log.Warn("waiting for Temporal", "address", c.options.HostPort, "namespace", c.options.Namespace, "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (c *connections) setUpTemporal(ctx context.Context, first func(context.Context, time.Duration) error) error {
	if _, err := c.temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return err
	}
	retention, notes, err := worker.SetUp(ctx, c.temporal, c.options.Namespace)
	for _, note := range notes {
		c.log.Warn(note)
	}
	if err != nil {
		return err
	}
	return first(ctx, retention)
}

// scheduleAudit sees to the audit's schedule, or says once that it may not.
func (c *connections) scheduleAudit(ctx context.Context) error {
	err := audit.Schedule(ctx, c.temporal, time.Duration(c.settings.AuditEvery))
	if denied := (*serviceerror.PermissionDenied)(nil); errors.As(err, &denied) {
		c.log.Warn("not allowed to schedule the audit: nobody unwinds orders that are terminated", "error", err)
		return nil
	}
	return err
}
