package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"

	"github.com/alicebob/miniredis/v2"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"makegood/events"
	"makegood/servers"
	"makegood/simulators"
	"makegood/telemetry"
)

// ports are the ones that a stack prefers; zero is any free one.
type ports struct{ api, simulators, smtp, temporal, webUI int }

// stack is everything that an order needs, on this machine: the real servers
// that are to be had as private children, what stands in for the others, the
// simulators and all roles. It dies with the process.
type stack struct {
	dir        string
	temporal   *servers.TemporalServer
	redis      *servers.RedisServer
	miniredis  *miniredis.Miniredis
	rabbitmq   *servers.RabbitMQServer
	simulators *simulators.Simulators
	listener   net.Listener
}

// newStack starts the servers, all at once. It tells out what takes long.
func newStack(ctx context.Context, out io.Writer, want ports, logLevel logLevel) (*stack, error) {
	dir, err := os.MkdirTemp("", "makegood-")
	if err != nil {
		return nil, err
	}
	s := &stack{dir: dir}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		s.temporal, err = servers.Temporal(groupCtx, servers.TemporalOptions{Dir: dir, Port: want.temporal, UI: true, UIPort: want.webUI, Out: out})
		return err
	})
	group.Go(func() (err error) {
		if servers.HasRedis() {
			s.redis, err = servers.Redis(groupCtx, servers.Options{Dir: dir})
			return err
		}
		s.miniredis, err = miniredis.Run()
		return err
	})
	group.Go(func() (err error) {
		if servers.HasRabbitMQ() {
			s.rabbitmq, err = servers.RabbitMQ(groupCtx, servers.Options{Dir: dir})
		}
		return err
	})
	group.Go(func() error { return s.simulate(groupCtx, want, logLevel) })
	group.Go(func() (err error) {
		s.listener, err = listenNear(want.api)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *stack) simulate(ctx context.Context, want ports, level logLevel) error {
	web, err := servers.FreePort(want.simulators)
	if err != nil {
		return err
	}
	smtp, err := servers.FreePort(want.smtp)
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(os.Stderr, "text", string(level))
	if err != nil {
		return err
	}
	log = log.With("role", "simulators")
	s.simulators, err = simulators.New(simulators.Config{
		Addr: fmt.Sprintf("127.0.0.1:%d", web), SMTPAddr: fmt.Sprintf("127.0.0.1:%d", smtp),
		Dir: filepath.Join(s.dir, "simulators"), Logger: log,
	})
	if err != nil {
		return err
	}
	return s.simulators.Start(ctx)
}

// listenNear steps over ports that are taken.
func listenNear(preferred int) (net.Listener, error) {
	port, err := servers.FreePort(preferred)
	if err != nil {
		return nil, err
	}
	return net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
}

// settings point the roles at the stack's servers.
func (s *stack) settings(level logLevel) *Settings {
	set := &Settings{
		RedisURL:       redisURL("redis://" + s.redisAddress() + "/0"),
		EventTransport: "redis", EventAudit: "on", EventRetries: events.DefaultRetries,
		StripeAPIKey: "sk_test_simulated", StripeURL: httpURL(s.simulators.URL() + "/stripe"),
		CarrierURL: httpURL(s.simulators.URL() + "/carrier"),
		SMTPURL:    smtpURL("smtp://" + s.simulators.SMTPAddr()), MailFrom: "makegood <orders@makegood.example>",
		StepDeadline: defaultStepDeadline, AttentionAfter: defaultAttentionAfter, AuditEvery: defaultAuditEvery,
		Admission: "on", Console: "on", WebUIURL: httpURL(s.temporal.UIURL), LogFormat: "text", LogLevel: level,
	}
	if s.rabbitmq != nil {
		set.EventTransport, set.AMQPURL = "rabbitmq", amqpURL(s.rabbitmq.URL)
	}
	return set
}

// serve runs all roles until ctx ends.
func (s *stack) serve(ctx context.Context, set *Settings) error {
	c, err := connectTo("serve", set, client.Options{HostPort: s.temporal.Address, Namespace: client.DefaultNamespace})
	if err != nil {
		return err
	}
	defer c.close()
	return c.serve(ctx, s.listener)
}

func (s *stack) apiURL() string { return "http://" + s.listener.Addr().String() }

func (s *stack) redisAddress() string {
	if s.redis != nil {
		return s.redis.Address
	}
	return s.miniredis.Addr()
}

// describe tells what is real, what stands in for it, and every URL.
func (s *stack) describe(out io.Writer) {
	line := func(what, how, where string) { fmt.Fprintf(out, "  %-10s %-28s %s\n", what, how, where) }
	fmt.Fprintln(out)
	line("Temporal", "real, dev server in memory", s.temporal.Address)
	line("", "Web UI", s.temporal.UIURL)
	if s.redis != nil {
		line("Redis", "real, private child", s.redis.URL)
	} else {
		line("Redis", "embedded (miniredis)", "redis://"+s.miniredis.Addr()+"/0")
	}
	if s.rabbitmq != nil {
		line("Events", "real RabbitMQ, private child", s.rabbitmq.URL)
	} else {
		line("Events", "Redis Streams, embedded", "no rabbitmq-server on PATH")
	}
	line("Payments", "simulated Stripe", s.simulators.URL()+"/stripe")
	line("Carrier", "simulated", s.simulators.URL()+"/carrier")
	line("Mail", "simulated mailbox", s.simulators.URL()+"/mail")
	line("makegood", "all roles", s.apiURL())
	line("", "console", s.apiURL()+"/")
	line("", "API docs", s.apiURL()+"/docs")
	fmt.Fprintln(out)
}

// stop ends every server and removes their folder.
func (s *stack) stop() error {
	var errs []error
	if s.simulators != nil {
		drain, cancel := context.WithTimeout(context.Background(), drainFor)
		defer cancel()
		errs = append(errs, s.simulators.Stop(drain))
	}
	if s.temporal != nil {
		errs = append(errs, s.temporal.Stop())
	}
	if s.rabbitmq != nil {
		errs = append(errs, s.rabbitmq.Stop())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.Stop())
	}
	if s.miniredis != nil {
		s.miniredis.Close()
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}
