package main

import (
	"context"
	"net"
	"slices"

	"makegood/api"
	"makegood/telemetry"
)

// ServeCmd runs all three roles in one process. They share one connection to
// Temporal, so that a saga starts on the worker beside the gateway that took
// the order (eager start).
type ServeCmd struct {
	Settings `embed:""`
}

// Run serves until it is told to stop.
func (cmd *ServeCmd) Run(ctx context.Context) error {
	c, err := connect("serve", &cmd.Settings)
	if err != nil {
		return err
	}
	defer c.close()
	listener, err := listen(cmd.HTTPAddr, "HTTP_ADDR")
	if err != nil {
		return err
	}
	return c.serve(ctx, listener)
}

// APICmd runs the gateway.
type APICmd struct {
	Settings `embed:""`
}

// Run serves until it is told to stop.
func (cmd *APICmd) Run(ctx context.Context) error {
	c, err := connect("api", &cmd.Settings)
	if err != nil {
		return err
	}
	defer c.close()
	listener, err := listen(cmd.HTTPAddr, "HTTP_ADDR")
	if err != nil {
		return err
	}
	waiting, keep, checks, err := c.backlogs()
	if err != nil {
		return err
	}
	gateway, err := c.apiPart(listener, waiting, append(checks, c.redisCheck()))
	if err != nil {
		return err
	}
	return run(ctx, c.log, append(keep, c.redisPart(), gateway)...)
}

// WorkerCmd runs sagas and their steps.
type WorkerCmd struct {
	Settings `embed:""`
}

// Run works until it is told to stop.
func (cmd *WorkerCmd) Run(ctx context.Context) error {
	return runAlone(ctx, "worker", &cmd.Settings, (*connections).workerParts)
}

// NotifierCmd runs the consumers: mail, and webhooks if there are any.
type NotifierCmd struct {
	Settings `embed:""`
}

// Run consumes until it is told to stop.
func (cmd *NotifierCmd) Run(ctx context.Context) error {
	return runAlone(ctx, "notifier", &cmd.Settings, (*connections).notifierParts)
}

// runAlone runs one role with its health beside it.
func runAlone(ctx context.Context, role string, s *Settings, parts func(*connections) ([]part, []telemetry.Check, error)) error {
	c, err := connect(role, s)
	if err != nil {
		return err
	}
	defer c.close()
	work, checks, err := parts(c)
	if err != nil {
		return err
	}
	listener, err := listen(s.HTTPAddr, "HTTP_ADDR")
	if err != nil {
		return err
	}
	checks = append(checks, c.redisCheck(), api.TemporalCheck(c.temporal))
	return run(ctx, c.log, append([]part{c.redisPart(), c.healthPart(listener, checks)}, work...)...)
}

// serve runs all roles behind one listener.
func (c *connections) serve(ctx context.Context, listener net.Listener) error {
	c.firstTask = c.firstTasks.Of
	// First, so that a bad setting is the only line.
	subscriptions, err := c.subscriptions()
	if err != nil {
		return err
	}
	work, published, err := c.workerParts()
	if err != nil {
		return err
	}
	waiting, keep, checks, err := c.backlogs()
	if err != nil {
		return err
	}
	notify, consumed, err := c.consumingParts(subscriptions, waiting)
	if err != nil {
		return err
	}
	gateway, err := c.apiPart(listener, waiting, slices.Concat(published, consumed, checks, []telemetry.Check{c.redisCheck()}))
	if err != nil {
		return err
	}
	return run(ctx, c.log, slices.Concat([]part{c.redisPart()}, keep, notify, work, []part{gateway})...)
}
