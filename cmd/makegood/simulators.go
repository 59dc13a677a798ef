package main

import (
	"context"
	"os"

	"makegood/simulators"
	"makegood/telemetry"
)

// SimulatorsCmd runs the outside world for development.
type SimulatorsCmd struct {
	SimulatorSettings `embed:""`
}

// Run simulates until it is told to stop.
func (cmd *SimulatorsCmd) Run(ctx context.Context) error {
	log, err := telemetry.NewLogger(os.Stderr, string(cmd.LogFormat), string(cmd.LogLevel))
	if err != nil {
		return err
	}
	log = log.With("role", "simulators")
	world, err := simulators.New(simulators.Config{
		Addr: string(cmd.SimulatorsAddr), SMTPAddr: string(cmd.SimulatorsSMTPAddr), Dir: cmd.SimulatorsDir, Logger: log,
	})
	if err != nil {
		return err
	}
	if err := world.Start(ctx); err != nil {
		return err
	}
	log.Info("simulating Stripe, a carrier and a mailbox", "url", world.URL(), "smtp", world.SMTPAddr())
	<-ctx.Done()
	drain, cancel := context.WithTimeout(context.Background(), drainFor)
	defer cancel()
	return world.Stop(drain)
}
