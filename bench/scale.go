package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// ScaleConfig is what the benchmark of several processes needs.
type ScaleConfig struct {
	// Concurrency is how many callers there are.
	Concurrency int
	// Time is for how long each shape is measured, in slices of all rounds.
	Time time.Duration
	// Progress is told what is being done; nil means nobody.
	Progress io.Writer
}

// Shape is one way to spread makegood over processes.
type Shape struct {
	Name string
	// Start runs it and returns once it takes orders. Stop ends it.
	Start func(ctx context.Context) (world World, stop func() error, err error)
}

// scaleRounds take turns, each with every shape started anew.
const scaleRounds = 3

// shapeRow is one shape that is measured.
type shapeRow struct {
	Shape
	orders, noop measurement
	used         costs
}

// Scale measures makegood's orders under several shapes on the same servers,
// each beside the eager no-op.
func Scale(ctx context.Context, shapes []Shape, cfg ScaleConfig) (ScaleReport, error) {
	if cfg.Progress == nil {
		cfg.Progress = io.Discard
	}
	report := ScaleReport{Run: newRun(nil), Concurrency: cfg.Concurrency, Rounds: scaleRounds}
	rows := make([]*shapeRow, len(shapes))
	for i, shape := range shapes {
		rows[i] = &shapeRow{Shape: shape, orders: measurement{name: shape.Name}, noop: measurement{name: "noop_eager"}}
	}
	for round := range scaleRounds {
		fmt.Fprintf(cfg.Progress, "Round %d of %d:", round+1, scaleRounds)
		for i := range rows {
			row := rows[(i+round)%len(rows)]
			world, stop, err := row.Start(ctx)
			if err != nil {
				return report, fmt.Errorf("%s: %w", row.Name, err)
			}
			report.Versions = world.Versions
			err = errors.Join(row.measure(ctx, world, cfg), stop())
			if err != nil {
				return report, fmt.Errorf("%s: %w", row.Name, err)
			}
			fmt.Fprintf(cfg.Progress, " %s %.0f/s", row.Name, row.orders.slices[round].rate())
		}
		fmt.Fprintln(cfg.Progress)
	}
	for _, row := range rows {
		report.Rows = append(report.Rows, row.report())
	}
	return report, nil
}

func (row *shapeRow) measure(ctx context.Context, world World, cfg ScaleConfig) error {
	s, err := openShop(ctx, world.API, cfg.Concurrency)
	if err != nil {
		return err
	}
	defer s.close()
	y, err := startYardsticks(world)
	if err != nil {
		return err
	}
	defer y.stop()
	slice := load{workers: cfg.Concurrency, lasts: cfg.Time / scaleRounds}
	noop := func(ctx context.Context, _ int64) error {
		_, err := y.noop(ctx, true)
		return err
	}
	place := func(row string) func(context.Context, int64) error {
		return func(ctx context.Context, n int64) error { return s.place(ctx, row, n) }
	}
	for _, warm := range []func(context.Context, int64) error{noop, place("warm")} {
		if _, err := (load{workers: cfg.Concurrency, lasts: slice.lasts / 2}).run(ctx, warm); err != nil {
			return err
		}
	}
	if _, err := world.quiet(ctx); err != nil {
		return err
	}
	least, err := slice.run(ctx, noop)
	if err != nil {
		return err
	}
	row.noop.slices = append(row.noop.slices, least)
	before, err := world.quiet(ctx)
	if err != nil {
		return err
	}
	done, err := slice.run(ctx, place("scale"))
	if err != nil {
		return err
	}
	row.orders.slices = append(row.orders.slices, done)
	after, err := world.quiet(ctx)
	if err != nil {
		return err
	}
	row.used.add(before, after)
	return nil
}
