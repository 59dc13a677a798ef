package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"makegood/activities"
	"makegood/api"
	"makegood/bench"
	"makegood/events"
	"makegood/notifications"
	"makegood/servers"
	"makegood/worker"
	"makegood/workflows"
)

// benchStack is what a benchmark of whole orders runs on: each server and each
// role a process of its own, so that each one's cost is known.
type benchStack struct {
	dir      string
	out      io.Writer
	options  client.Options // of Temporal
	temporal []string       // the variables that say the same to the roles
	settings *Settings      // where the other servers are

	servers     []*servers.Process
	connections *connections // the benchmark's own
	vhost       *bench.Vhost // nil if Redis carries the events
	world       bench.World  // without roles
}

// server is stopped with the stack.
func (s *benchStack) server(name string, p *servers.Process) {
	s.servers = append(s.servers, p)
	s.tell(name, p.Usage)
}

// tell has the process' cost told.
func (s *benchStack) tell(name string, usage func() (servers.Usage, error)) {
	s.world.Processes = append(s.world.Processes, costOf(name, usage))
}

func costOf(name string, usage func() (servers.Usage, error)) bench.Process {
	return bench.Process{Name: name, Usage: func() (time.Duration, int64, error) {
		used, err := usage()
		return used.CPU, used.Memory, err
	}}
}

// startWorld starts what every shape of makegood stands on beside the servers,
// and makes the benchmark's own connections.
func (s *benchStack) startWorld(ctx context.Context) error {
	fmt.Fprintln(s.out, "Starting the simulators and makegood.")
	web, smtp, err := s.simulate(ctx)
	if err != nil {
		return err
	}
	set := s.settings
	set.StripeAPIKey, set.StripeURL = "sk_test_bench", httpURL("http://"+web+"/stripe")
	set.CarrierURL, set.SMTPURL = httpURL("http://"+web+"/carrier"), smtpURL("smtp://"+smtp)
	set.LogFormat, set.LogLevel = "text", "error"
	s.tell("bench", func() (servers.Usage, error) { return servers.UsageOf(os.Getpid()) })
	return s.connect(ctx)
}

// simulate starts the outside world.
func (s *benchStack) simulate(ctx context.Context) (web, smtp string, err error) {
	if web, err = freeAddress(); err != nil {
		return "", "", err
	}
	if smtp, err = freeAddress(); err != nil {
		return "", "", err
	}
	p, err := s.run(ctx, "simulators", web, []string{
		"SIMULATORS_ADDR=" + web, "SIMULATORS_SMTP_ADDR=" + smtp, "SIMULATORS_DIR=" + filepath.Join(s.dir, "ledgers"),
	})
	if err != nil {
		return "", "", err
	}
	s.server("simulators", p)
	return web, smtp, nil
}

// connect makes the benchmark's own connections, and refuses a namespace whose
// orders a worker takes already: it would take the benchmark's too.
func (s *benchStack) connect(ctx context.Context) (err error) {
	if s.connections, err = connectTo("serve", s.settings, s.options); err != nil {
		return err
	}
	c := s.connections
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	queue, err := c.temporal.DescribeTaskQueue(ctx, workflows.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return fmt.Errorf("TEMPORAL_ADDRESS %s, namespace %s: %w", s.options.HostPort, s.options.Namespace, err)
	}
	for _, poller := range queue.GetPollers() {
		if api.Polls(poller) {
			return fmt.Errorf("TEMPORAL_NAMESPACE: a worker takes orders in %s, or did a minute ago; name a namespace that nobody uses", s.options.Namespace)
		}
	}
	gateway, carrier, err := c.providers()
	if err != nil {
		return err
	}
	if s.world.Versions, err = s.versions(ctx); err != nil {
		return err
	}
	if s.settings.EventTransport == transport(events.RabbitMQ) {
		// The roles find nothing of a shop's in their environment, so that these
		// are all.
		consumers := notifications.Consumers(notifications.Config{})
		if s.vhost, err = bench.OpenVhost(string(s.settings.AMQPURL), consumers...); err != nil {
			return err
		}
		s.world.Backlog, s.world.Versions["RabbitMQ"] = s.vhost.Backlog, s.vhost.Version()
	}
	s.world.Temporal, s.world.Redis = c.temporal, c.redis
	s.world.Activities = &activities.Activities{Payments: gateway, Carrier: carrier, Stock: c.stock(worker.Retention)}
	return nil
}

// stop ends the servers, the last one first.
func (s *benchStack) stop() error {
	var errs []error
	if s.vhost != nil {
		errs = append(errs, s.vhost.Remove())
	}
	if s.connections != nil {
		s.connections.close()
	}
	for _, server := range slices.Backward(s.servers) {
		errs = append(errs, server.Stop())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}
