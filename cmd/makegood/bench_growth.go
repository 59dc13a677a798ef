package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"

	"makegood/bench"
)

// BenchGrowthCmd is `makegood bench growth`.
type BenchGrowthCmd struct {
	benchServers `embed:""`

	Orders      benchOrders  `default:"10000" help:"How many orders are placed."`
	Concurrency benchCallers `default:"32" help:"Callers; each places an order when its last one has ended."`
	JSON        bool         `name:"json" help:"Print JSON for scripts."`
}

// Help is the long help.
func (*BenchGrowthCmd) Help() string {
	return `Places many orders and tells after each tenth what has become of rate, latency, memory, queues, lists and reads: what is not flat is a cost that grows with a shop. A no-op workflow is measured beside each tenth. What it is doing goes to standard error.

` + benchServersHelp + `

Examples:

  makegood bench growth
  makegood bench growth --orders 100000 --json > growth.json`
}

// Run measures and reports.
func (c *BenchGrowthCmd) Run(ctx context.Context, k *kong.Kong) error {
	return c.measured(ctx, k, everythingInOne, func(world bench.World) error {
		fmt.Fprintf(k.Stderr, "Placing %d orders.\n", c.Orders)
		report, err := bench.Growth(ctx, world, bench.GrowthConfig{
			Orders: int(c.Orders), Concurrency: int(c.Concurrency), Progress: k.Stderr,
		})
		if err != nil {
			return err
		}
		return writeBenchReport(k, c.JSON, report)
	})
}

type benchOrders int

func (o *benchOrders) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 100 || n > 10_000_000 || n%10 != 0 {
		return fmt.Errorf("%q is no number of orders from 100 to 10000000 in tens", text)
	}
	*o = benchOrders(n)
	return nil
}
