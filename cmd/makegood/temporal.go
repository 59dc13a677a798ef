package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// awaitTemporal sets the namespace up as soon as the server answers, and says
// once that it waits.
func awaitTemporal(ctx context.Context, c client.Client, options client.Options, log *slog.Logger) (retention time.Duration, err error) {
	const pause = time.Second
	for waiting := false; ; waiting = true {
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		_, err := c.CheckHealth(attempt, &client.CheckHealthRequest{})
		if err == nil {
			retention, err = setUpTemporal(attempt, c, options.Namespace, log)
		}
		cancel()
		if err == nil {
			log.Debug("connected to Temporal", "address", options.HostPort, "namespace", options.Namespace)
			return retention, nil
		}
		if !waiting {
			log.Warn("waiting for Temporal", "address", options.HostPort, "namespace", options.Namespace, "error", err)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(pause):
		}
	}
}

func setUpTemporal(ctx context.Context, c client.Client, namespace string, log *slog.Logger) (time.Duration, error) {
	retention, notes, err := worker.SetUp(ctx, c, namespace)
	for _, note := range notes {
		log.Warn(note)
	}
	return retention, err
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
