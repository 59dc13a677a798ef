package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	sdkworker "go.temporal.io/sdk/worker"

	"makegood/activities"
	"makegood/api"
	"makegood/audit"
	"makegood/events/feed"
	"makegood/payments"
	"makegood/shipping"
	"makegood/telemetry"
	"makegood/worker"
	"makegood/workflows"
)

// drainFor is what a gateway has to answer what it accepted.
const drainFor = 10 * time.Second

// apiPart is the HTTP gateway, with health and metrics on the same address.
func (c *connections) apiPart(listener net.Listener, waiting backlogs, checks []telemetry.Check) (part, error) {
	tailer, err := c.tailer()
	if err != nil {
		return part{}, err
	}
	server, err := api.New(c.temporal, c.stock(worker.Retention), c.letters, api.Config{
		Version:        version,
		Admission:      c.settings.Admission == "on",
		WorkerBeside:   c.working.Load,
		FirstTask:      c.firstTask,
		TrustedProxies: c.settings.TrustedProxies,
		Feed:           feed.New(tailer, c.log),
		Inbox:          c.inbox,
		Consumers:      c.consumers(),
		Backlogs:       waiting.Backlogs,
		Namespace:      c.options.Namespace,
		WebUI:          string(c.settings.WebUIURL),
		Console:        c.console(),
		Checks:         checks,
		Registry:       c.registry,
		Traces:         c.traces.On(),
		Log:            c.log,
	})
	if err != nil {
		return part{}, err
	}
	return part{"api", func(ctx context.Context) error {
		server.Start(listener)
		c.log.Info("serving the API", "address", listener.Addr().String())
		if err := c.awaitTemporal(ctx, func(context.Context, time.Duration) error { return nil }); err == nil {
			<-ctx.Done()
		}
		drain, cancel := context.WithTimeout(context.Background(), drainFor)
		defer cancel()
		return server.Stop(drain)
	}}, nil
}

// workerParts run sagas and their steps.
func (c *connections) workerParts() ([]part, []telemetry.Check, error) {
	gateway, carrier, err := c.providers()
	if err != nil {
		return nil, nil, err
	}
	publisher, err := c.publisher()
	if err != nil {
		return nil, nil, err
	}
	version, err := c.settings.version()
	if err != nil {
		return nil, nil, err
	}
	routing := &routing{temporal: c.temporal, version: version, log: c.log, allHere: &c.working}
	steps := activities.NewMetrics(c.registry)
	orders := &workflows.Orders{Config: c.settings.sagaConfig(), Metrics: workflows.NewMetrics(c.registry)}
	audits := audit.NewMetrics(c.registry)
	run := func(ctx context.Context) error {
		defer func() { _ = publisher.Close() }()
		var w sdkworker.Worker
		err := c.awaitTemporal(ctx, func(ctx context.Context, retention time.Duration) error {
			if err := c.scheduleAudit(ctx); err != nil {
				return err
			}
			stock := c.stock(retention)
			w = worker.New(c.temporal, version,
				&activities.Activities{Payments: gateway, Stock: stock, Carrier: carrier, Publisher: publisher, Metrics: steps},
				&audit.Auditor{Temporal: c.temporal, Stock: stock, Metrics: audits}, orders)
			return w.Start()
		})
		if err != nil {
			return err
		}
		c.log.Info("working", "namespace", c.options.Namespace, "deployment", version.DeploymentName, "build", version.BuildID)
		routing.follow(ctx)
		w.Stop()
		return nil
	}
	return []part{brokerPart(publisher.Ready), {"worker", run}}, []telemetry.Check{brokerCheck("publisher", publisher.Ready), routing.check()}, nil
}

// providers are who takes the money and who takes the parcels.
func (c *connections) providers() (payments.Gateway, shipping.Carrier, error) {
	s := c.settings
	switch {
	case s.StripeAPIKey == "":
		return nil, nil, errors.New("--stripe-api-key is not set; the worker charges with it, write one such as sk_test_…")
	case s.CarrierURL == "":
		return nil, nil, errors.New("--carrier-url is not set; the worker ships with it, write one such as http://carrier.example")
	}
	gateway, err := payments.NewStripe(payments.Config{
		Key: string(s.StripeAPIKey), URL: string(s.StripeURL), Namespace: c.options.Namespace,
		Around: c.limits("stripe", s.stripeRate()),
	})
	if err != nil {
		return nil, nil, err
	}
	carrier, err := shipping.NewHTTP(shipping.Config{
		URL: string(s.CarrierURL), Namespace: c.options.Namespace,
		Around: c.limits("carrier", float64(s.CarrierRate)),
	})
	if err != nil {
		return nil, nil, err
	}
	return gateway, carrier, nil
}

// healthPart serves health and metrics for roles without an API.
func (c *connections) healthPart(listener net.Listener, checks []telemetry.Check) part {
	return part{"health", func(ctx context.Context) error {
		server := telemetry.Serve(listener, telemetry.Health(checks, c.registry), c.log)
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.Background(), drainFor)
		defer cancel()
		return server.Stop(drain)
	}}
}

func listen(addr listenAddr, setting string) (net.Listener, error) {
	listener, err := net.Listen("tcp", string(addr))
	if err != nil {
		return nil, fmt.Errorf("%s: can't listen on %s: %w", setting, addr, err)
	}
	return listener, nil
}
