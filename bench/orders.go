package bench

import (
	"context"
	"fmt"
	"io"
	"time"
)

// OrdersConfig is what the benchmark of whole orders needs.
type OrdersConfig struct {
	// Concurrency is how many callers there are; each waits until its order has
	// ended, and places the next one at once.
	Concurrency int
	// Time is for how long each row is measured under that load, in slices of
	// all rounds. One caller alone is measured for a third of it.
	Time time.Duration
	// Progress is told what is being done; nil means nobody.
	Progress io.Writer
}

const (
	// orderRounds take turns, so that a machine that slows down slows all rows.
	orderRounds = 6
	// samples are how many histories of each row are read.
	samples = 20
)

// ordersRun is one run of the benchmark.
type ordersRun struct {
	OrdersConfig
	world      World
	shop       *shop
	yardsticks *yardsticks
	rows       []*orderRow
	now        costs // as every slice leaves them
}

// Orders measures makegood's orders, from the POST to completed, beside the
// least that a workflow costs and beside the usual saga: on one system, in
// slices that take turns.
func Orders(ctx context.Context, world World, cfg OrdersConfig) (report OrdersReport, err error) {
	if cfg.Progress == nil {
		cfg.Progress = io.Discard
	}
	run := newRun(world.Versions)
	r := &ordersRun{OrdersConfig: cfg, world: world}
	if r.shop, err = openShop(ctx, world.API, cfg.Concurrency); err != nil {
		return OrdersReport{}, err
	}
	defer r.shop.close()
	if r.yardsticks, err = startYardsticks(world); err != nil {
		return OrdersReport{}, err
	}
	defer r.yardsticks.stop()
	r.rows = r.newRows()
	fmt.Fprintln(r.Progress, "Warming up")
	for _, row := range r.rows {
		if _, err := r.slice(ctx, row, &row.loaded, load{workers: cfg.Concurrency, lasts: cfg.Time / orderRounds / 2}); err != nil {
			return OrdersReport{}, fmt.Errorf("%s: %w", row.loaded.title, err)
		}
		row.loaded.slices, row.used, row.refusals = nil, costs{}, 0
	}
	for round := range orderRounds {
		fmt.Fprintf(r.Progress, "Round %d of %d:", round+1, orderRounds)
		err := r.round(ctx, round)
		fmt.Fprintln(r.Progress)
		if err != nil {
			return OrdersReport{}, err
		}
	}
	return r.report(ctx, run)
}

func (r *ordersRun) newRows() []*orderRow {
	row := func(name, title string, end func(context.Context, int64) (string, error)) *orderRow {
		return &orderRow{
			loaded: measurement{name: name, title: title}, alone: measurement{name: name, title: title}, end: end,
		}
	}
	return []*orderRow{
		row("noop_eager", "no-op workflow, eager", func(ctx context.Context, _ int64) (string, error) {
			return r.yardsticks.noop(ctx, true)
		}),
		row("noop", "no-op workflow", func(ctx context.Context, _ int64) (string, error) {
			return r.yardsticks.noop(ctx, false)
		}),
		row("usual", "usual saga", func(ctx context.Context, n int64) (string, error) {
			return r.yardsticks.usual(ctx, r.shop, n)
		}),
		row("makegood", "makegood", func(ctx context.Context, n int64) (string, error) {
			return string(r.shop.id("makegood", n)), r.shop.place(ctx, "makegood", n)
		}),
	}
}

// round measures every row, under load and alone. Each round begins with
// another row, so that none always follows the same one.
func (r *ordersRun) round(ctx context.Context, round int) error {
	for i := range r.rows {
		row := r.rows[(i+round)%len(r.rows)]
		rate, err := r.slice(ctx, row, &row.loaded, load{workers: r.Concurrency, lasts: r.Time / orderRounds})
		if err == nil {
			_, err = r.slice(ctx, row, &row.alone, load{workers: 1, lasts: r.Time / orderRounds / 3})
		}
		if err != nil {
			return fmt.Errorf("%s: %w", row.loaded.title, err)
		}
		fmt.Fprintf(r.Progress, " %s %.0f/s", row.loaded.name, rate)
	}
	return nil
}

// slice runs the row under a load once, and adds what it found to m.
func (r *ordersRun) slice(ctx context.Context, row *orderRow, m *measurement, l load) (rate float64, err error) {
	before, refused := r.now, r.shop.refusals.Load()
	first := row.begun.Load()
	found, err := l.run(ctx, func(ctx context.Context, n int64) error {
		row.begun.Add(1)
		id, err := row.end(ctx, first+n)
		if m == &row.loaded && n < samples {
			row.sampled[n] = id
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	if r.now, err = r.world.quiet(ctx); err != nil {
		return 0, err
	}
	m.slices = append(m.slices, found)
	if m == &row.loaded {
		row.used.add(before, r.now)
		row.refusals += r.shop.refusals.Load() - refused
	}
	return found.rate(), nil
}
