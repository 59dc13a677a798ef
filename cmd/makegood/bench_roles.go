package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"makegood/bench"
	"makegood/servers"
)

// benchRole names a process of makegood: its command, and a number if there are
// several.
type benchRole string

func (r benchRole) kind() string {
	command, _, _ := strings.Cut(string(r), " ")
	return command
}

// everythingInOne is makegood as it is fastest: the worker beside the gateway.
var everythingInOne = []benchRole{"serve"}

// startRoles runs makegood in some shape, the gateway first, and returns once
// every process is ready.
func (s *benchStack) startRoles(ctx context.Context, roles []benchRole) (world bench.World, stop func() error, err error) {
	var running []*servers.Process
	stop = func() error {
		var finishing errgroup.Group // nothing is under way: in any order
		for _, role := range running {
			finishing.Go(func() error { return role.Finish(stopWithin + 5*time.Second) })
		}
		return finishing.Wait()
	}
	world = s.world
	world.Processes = slices.Clip(world.Processes)
	for _, r := range roles {
		address, err := freeAddress()
		if err != nil {
			return world, nil, errors.Join(err, stop())
		}
		p, err := s.run(ctx, r, address, append(s.environment(), "HTTP_ADDR="+address))
		if err != nil {
			return world, nil, errors.Join(err, stop())
		}
		running = append(running, p)
		world.Processes = append(world.Processes, costOf(r.kind(), p.Usage))
		world.Roles = append(world.Roles, "http://"+address)
	}
	world.API = world.Roles[0]
	return world, stop, nil
}

// environment leads a role to the servers.
func (s *benchStack) environment() []string {
	set := s.settings
	return append([]string{
		"REDIS_URL=" + string(set.RedisURL), "AMQP_URL=" + string(set.AMQPURL), "EVENT_TRANSPORT=" + string(set.EventTransport),
		"STRIPE_API_KEY=" + string(set.StripeAPIKey), "STRIPE_URL=" + string(set.StripeURL),
		"CARRIER_URL=" + string(set.CarrierURL), "SMTP_URL=" + string(set.SMTPURL),
	}, s.temporal...)
}

// run runs this program as one of makegood's processes.
func (s *benchStack) run(ctx context.Context, r benchRole, address string, environment []string) (*servers.Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return servers.Program(ctx, servers.ProgramOptions{
		Dir: s.dir, Name: string(r), Path: program, Args: []string{r.kind()}, Env: environment,
		Ready: (&HealthcheckCmd{HTTPAddr: listenAddr(address)}).ready,
	})
}

func freeAddress() (string, error) {
	port, err := servers.FreePort(0)
	return fmt.Sprintf("127.0.0.1:%d", port), err
}
