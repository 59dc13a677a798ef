package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"makegood/bench"
)

// BenchOverloadCmd is `makegood bench overload`.
type BenchOverloadCmd struct {
	benchServers `embed:""`

	Times       benchTimes   `default:"10" help:"How many times as many orders come as the system completes."`
	Time        benchTime    `default:"15s" help:"For how long they come; what the system completes is found out before, in twice that."`
	Concurrency benchCallers `default:"32" help:"Callers while that is found out."`
	JSON        bool         `name:"json" help:"Print JSON for scripts."`
}

// Help is the long help.
func (*BenchOverloadCmd) Help() string {
	return `Sends a gateway many times the orders that the system completes, without waiting for answers, as a shop does on its worst day. Tells how fast it accepted and refused, and follows each accepted order to its end and each refused one to nothing. What it is doing goes to standard error.

` + benchServersHelp + `

Examples:

  makegood bench overload
  makegood bench overload --times 3 --time 60s --json > overload.json`
}

// Run measures and reports.
func (c *BenchOverloadCmd) Run(ctx context.Context, k *kong.Kong) error {
	return c.measured(ctx, k, everythingInOne, func(world bench.World) error {
		report, err := bench.Overload(ctx, world, bench.OverloadConfig{
			Concurrency: int(c.Concurrency), Times: int(c.Times), Time: time.Duration(c.Time), Progress: k.Stderr,
		})
		if err != nil {
			return err
		}
		return writeBenchReport(k, c.JSON, report)
	})
}

type benchTimes int

func (t *benchTimes) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 2 || n > 100 {
		return fmt.Errorf("%q is no multiple from 2 to 100", text)
	}
	*t = benchTimes(n)
	return nil
}
