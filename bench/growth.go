package bench

import (
	"context"
	"fmt"
	"io"

	"makegood/api/client"
)

// GrowthConfig is what the benchmark of many orders needs.
type GrowthConfig struct {
	// Orders is how many are placed, in tenths.
	Orders int
	// Concurrency is how many callers there are.
	Concurrency int
	// Progress is told each tenth; nil means nobody.
	Progress io.Writer
}

const (
	tenths = 10
	// noopsBeside is how many no-ops at most are measured before each tenth, and
	// again after it: what slows them down too is the machine.
	noopsBeside = 300
	reads       = 30 // of each kind, after each tenth
)

// growthRun is one run of the benchmark.
type growthRun struct {
	GrowthConfig
	world      World
	shop       *shop
	yardsticks *yardsticks
	placed     int64
}

// Growth places many orders and tells after each tenth what has become of rate,
// latency, memory, queues and reads.
func Growth(ctx context.Context, world World, cfg GrowthConfig) (report GrowthReport, err error) {
	if cfg.Progress == nil {
		cfg.Progress = io.Discard
	}
	r := &growthRun{GrowthConfig: cfg, world: world}
	report = GrowthReport{Run: newRun(world.Versions), Orders: cfg.Orders, Concurrency: cfg.Concurrency}
	if r.shop, err = openShop(ctx, world.API, cfg.Concurrency); err != nil {
		return report, err
	}
	defer r.shop.close()
	if r.yardsticks, err = startYardsticks(world); err != nil {
		return report, err
	}
	defer r.yardsticks.stop()
	fmt.Fprintln(cfg.Progress, "Warming up")
	if _, err := r.noops(ctx); err != nil {
		return report, err
	}
	if _, err := r.orders(ctx, load{workers: cfg.Concurrency, calls: min(noopsBeside, r.perTenth())}); err != nil {
		return report, err
	}
	for n := range tenths {
		tenth, err := r.tenth(ctx)
		if err != nil {
			return report, fmt.Errorf("tenth %d: %w", n+1, err)
		}
		report.Tenths = append(report.Tenths, tenth)
		fmt.Fprintf(cfg.Progress, "%d orders: %.1f/s beside %.0f no-op/s, p99 %.0f ms, list p50 %.0f ms\n",
			tenth.Placed, tenth.PerSecond, tenth.NoopPerSecond, tenth.Latency.P99Ms, tenth.ListMs)
	}
	report.judge()
	return report, nil
}

func (r *growthRun) perTenth() int64 { return int64(r.Orders / tenths) }

func (r *growthRun) noops(ctx context.Context) (slice, error) {
	return load{workers: r.Concurrency, calls: min(noopsBeside, r.perTenth())}.run(ctx, func(ctx context.Context, _ int64) error {
		_, err := r.yardsticks.noop(ctx, true)
		return err
	})
}

func (r *growthRun) orders(ctx context.Context, l load) (slice, error) {
	first := r.placed
	done, err := l.run(ctx, func(ctx context.Context, n int64) error { return r.shop.place(ctx, "growth", first+n) })
	r.placed += done.calls
	return done, err
}

func (r *growthRun) tenth(ctx context.Context) (t Tenth, err error) {
	before, err := r.noops(ctx)
	if err != nil {
		return t, err
	}
	done, err := r.orders(ctx, load{workers: r.Concurrency, calls: r.perTenth()})
	if err != nil {
		return t, err
	}
	if r.world.Backlog != nil {
		if t.Backlog, err = r.world.Backlog(); err != nil {
			return t, err
		}
	}
	counted, err := r.world.quiet(ctx)
	if err != nil {
		return t, err
	}
	after, err := r.noops(ctx)
	if err != nil {
		return t, err
	}
	t.Placed, t.PerSecond, t.Latency = r.placed, done.rate(), spread(done.latency)
	t.NoopPerSecond = (before.rate() + after.rate()) / 2
	if t.Memory, err = r.world.memory(); err != nil {
		return t, err
	}
	t.RedisData = counted.RedisData
	err = r.read(ctx, &t)
	return t, err
}

// read asks for orders of all ages, and for the first page of three lists.
func (r *growthRun) read(ctx context.Context, into *Tenth) (err error) {
	into.GetMs, err = median(ctx, func(ctx context.Context, n int64) error {
		_, err := r.shop.api.Get(ctx, r.shop.id("growth", n*(r.placed-1)/reads))
		return err
	})
	if err != nil {
		return err
	}
	filters := []client.Filter{{}, {Status: "completed"}, {CustomerID: "cus_7"}}
	into.ListMs, err = median(ctx, func(ctx context.Context, n int64) error {
		_, err := r.shop.api.List(ctx, filters[int(n)%len(filters)], "", 0)
		return err
	})
	return err
}

// median is how long a read takes, in ms, one after the other.
func median(ctx context.Context, read func(ctx context.Context, n int64) error) (float64, error) {
	done, err := load{workers: 1, calls: reads}.run(ctx, read)
	return percentile(done.latency, 50), err
}

// memory is what each process has now, in bytes.
func (w World) memory() (map[string]int64, error) {
	now := map[string]int64{}
	for _, p := range w.Processes {
		_, memory, err := p.Usage()
		if err != nil {
			return nil, fmt.Errorf("read the memory of %s: %w", p.Name, err)
		}
		now[p.Name] += memory
	}
	return now, nil
}
