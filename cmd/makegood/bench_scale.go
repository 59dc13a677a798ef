package main

import (
	"context"
	"fmt"
	"time"

	"github.com/alecthomas/kong"

	"makegood/bench"
)

// BenchScaleCmd is `makegood bench scale`.
type BenchScaleCmd struct {
	benchServers `embed:""`

	Concurrency benchCallers `default:"64" help:"Callers; each places an order when its last one has ended."`
	Time        benchTime    `default:"30s" help:"For how long each of the four shapes is measured; the whole run takes about fifteen times that."`
	JSON        bool         `name:"json" help:"Print JSON for scripts."`
}

// Help is the long help.
func (*BenchScaleCmd) Help() string {
	return `Measures orders with all roles in one process, and with the roles apart and one, two and four workers, each beside the no-op workflow: what grows with workers, and what the Temporal server limits. What it is doing goes to standard error.

` + benchServersHelp + `

Examples:

  makegood bench scale
  makegood bench scale --postgres --json > scale-postgres.json`
}

// shapes are the ways to spread makegood over processes that are compared.
var shapes = []struct {
	name  string
	roles []benchRole
}{
	{"all in one", everythingInOne},
	{"1 worker", []benchRole{"api", "worker 1", "notifier"}},
	{"2 workers", []benchRole{"api", "worker 1", "worker 2", "notifier"}},
	{"4 workers", []benchRole{"api", "worker 1", "worker 2", "worker 3", "worker 4", "notifier"}},
}

// Run measures and reports.
func (c *BenchScaleCmd) Run(ctx context.Context, k *kong.Kong) error {
	return c.open(ctx, k, func(s *benchStack) error {
		fmt.Fprintf(k.Stderr, "Measuring for about %s.\n", 15*time.Duration(c.Time))
		var compared []bench.Shape
		for _, shape := range shapes {
			compared = append(compared, bench.Shape{Name: shape.name, Start: func(ctx context.Context) (bench.World, func() error, error) {
				return s.startRoles(ctx, shape.roles)
			}})
		}
		report, err := bench.Scale(ctx, compared, bench.ScaleConfig{
			Concurrency: int(c.Concurrency), Time: time.Duration(c.Time), Progress: k.Stderr,
		})
		if err != nil {
			return err
		}
		return writeBenchReport(k, c.JSON, report)
	})
}
