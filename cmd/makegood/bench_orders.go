package main

import (
	"context"
	"fmt"
	"time"

	"github.com/alecthomas/kong"

	"makegood/bench"
)

// BenchOrdersCmd is `makegood bench` and `makegood bench orders`.
type BenchOrdersCmd struct {
	benchServers `embed:""`

	Concurrency benchCallers `default:"32" help:"Callers; each places an order when its last one has ended."`
	Time        benchTime    `default:"15s" help:"For how long each of the four rows is measured; the whole run takes about seven times that."`
	HTML        string       `name:"html" type:"path" help:"Write one HTML page with plots here."`
	JSON        bool         `name:"json" help:"Print JSON for scripts."`
}

// Help is the long help.
func (*BenchOrdersCmd) Help() string {
	return `Measures orders from the POST to completed, through a gateway and a worker of its own, beside the least that a workflow costs and beside the usual saga of three regular activities: in slices that take turns, on one Temporal server. What it is doing goes to standard error.

` + benchServersHelp + `

docs/performance.md says how to read it.

Examples:

  makegood bench
  makegood bench --html bench.html --json > bench.json
  makegood bench --postgres
  TEMPORAL_ADDRESS=10.0.0.5:7233 TEMPORAL_NAMESPACE=bench REDIS_URL=redis://10.0.0.7:6379/0 AMQP_URL=amqp://10.0.0.8/bench makegood bench --servers`
}

// Run measures and reports.
func (c *BenchOrdersCmd) Run(ctx context.Context, k *kong.Kong) error {
	page, err := newPage(c.HTML) // first: a wrong path shall not cost a run
	if err != nil {
		return fmt.Errorf("--html: %w", err)
	}
	defer page.drop()
	return c.measured(ctx, k, everythingInOne, func(world bench.World) error {
		fmt.Fprintf(k.Stderr, "Measuring for about %s.\n", 7*time.Duration(c.Time))
		report, err := bench.Orders(ctx, world, bench.OrdersConfig{
			Concurrency: int(c.Concurrency), Time: time.Duration(c.Time), Progress: k.Stderr,
		})
		if err != nil {
			return err
		}
		if err := page.write(report); err != nil {
			return fmt.Errorf("--html: %w", err)
		}
		return writeBenchReport(k, c.JSON, report)
	})
}
