package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"makegood/demo"
)

// DemoCmd places sample orders against what dev runs, and ends.
type DemoCmd struct {
	Keep bool `help:"Leave everything running afterwards, to look around in the Web UI; Ctrl-C ends it."`
}

// Run returns an error if any promise was broken.
func (cmd *DemoCmd) Run(ctx context.Context) (err error) {
	const quiet = logLevel("error")
	out := os.Stdout
	began := time.Now()
	fmt.Fprintln(out, "makegood demo: starting Temporal, Redis, RabbitMQ (or what stands in for them) and every role …")
	s, err := newStack(ctx, out, ports{}, quiet)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()

	serving, stopServing := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- s.serve(serving, s.settings(quiet)) }()
	defer func() {
		stopServing()
		err = errors.Join(err, <-served)
	}()
	if err := s.ready(ctx); err != nil {
		return err
	}
	s.describe(out)
	fmt.Fprintf(out, "Ready after %.1f s.\n\n", time.Since(began).Seconds())
	broken := demo.Run(ctx, demo.World{API: s.apiURL(), Simulators: s.simulators.URL(), WebUI: s.temporal.UIURL}, out)
	if cmd.Keep && ctx.Err() == nil {
		fmt.Fprintf(out, "\nThe Web UI stays at %s until Ctrl-C.\n", s.temporal.UIURL)
		<-ctx.Done()
	}
	return broken
}
