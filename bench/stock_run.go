package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/inventory"
	"makegood/order"
)

// rounds interleave the rows, so that what disturbs the machine for a while
// disturbs all of them.
const rounds = 5

// stockRun is one run of the benchmark.
type stockRun struct {
	StockConfig
	client redis.UniversalClient
	node   *redis.Client // the one that has the pool
	prefix string        // of every key
	pool   *inventory.Stock

	measured map[string]*measurement
	rows     []*measurement // in the order in which they were first measured
	orders   int64          // how many there were so far
}

func (r *stockRun) run(ctx context.Context) error {
	fmt.Fprintf(r.Progress, "Opening %d connections\n", r.Connections)
	if _, err := r.forTime(100*time.Millisecond).run(ctx, r.ping); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	for round := range rounds {
		fmt.Fprintf(r.Progress, "Round %d of %d:", round+1, rounds)
		err := r.measure(ctx, "ping", "PING", r.forTime(r.Time/rounds), r.ping)
		fmt.Fprintln(r.Progress)
		if err != nil {
			return err
		}
		for _, b := range baskets(r.SKUs) {
			fmt.Fprintf(r.Progress, "  %s:", b.title)
			err := r.sell(ctx, b)
			fmt.Fprintln(r.Progress)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *stockRun) forTime(d time.Duration) load { return load{workers: r.Connections, lasts: d} }

func (r *stockRun) ping(ctx context.Context, _ int64) error { return r.node.Ping(ctx).Err() }

// sell measures one basket on new shelves: its DECRs, then orders that are
// reserved, half of them committed and half of them released.
func (r *stockRun) sell(ctx context.Context, b basket) error {
	if err := r.fill(ctx, b); err != nil {
		return err
	}
	counters := r.counters(b)
	err := r.measure(ctx, "decr_"+b.name, b.decr(), r.forTime(r.Time/rounds), func(ctx context.Context, n int64) error {
		for line := range b.lines {
			if err := r.client.Decr(ctx, counters[b.sku(n, line)]).Err(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	first := r.orders
	err = r.step(ctx, "reserve", b, r.forTime(r.Time/rounds), func(n int64) int64 { return first + n }, r.pool.Reserve)
	if err != nil {
		return err
	}
	slices := r.measured["reserve_"+b.name].slices
	reserved := slices[len(slices)-1].calls
	r.orders += reserved
	half := load{workers: r.Connections, calls: (reserved + 1) / 2}
	if err := r.step(ctx, "commit", b, half, func(n int64) int64 { return first + 2*n }, r.pool.Commit); err != nil {
		return err
	}
	// A round of a single order has none to release.
	half.calls = max(reserved/2, 1)
	if err := r.step(ctx, "release", b, half, func(n int64) int64 { return first + 2*n + 1 }, r.pool.Release); err != nil {
		return err
	}
	return r.remove(ctx)
}

func (r *stockRun) step(ctx context.Context, name string, b basket, l load, number func(int64) int64,
	effect func(context.Context, order.Order) (order.Outcome, error),
) error {
	return r.measure(ctx, name+"_"+b.name, name+", "+b.title, l, func(ctx context.Context, n int64) error {
		_, err := effect(ctx, b.order(number(n)))
		return err
	})
}

// measure adds a slice to the row of that name.
func (r *stockRun) measure(ctx context.Context, name, title string, l load, call func(context.Context, int64) error) error {
	m := r.measured[name]
	if m == nil {
		m = &measurement{name: name, title: title}
		r.measured[name] = m
		r.rows = append(r.rows, m)
	}
	verb, _, _ := strings.Cut(title, ", ")
	fmt.Fprintf(r.Progress, " %s", verb)
	before, known := mainThread(ctx, r.node)
	s, err := l.run(ctx, call)
	if err != nil {
		return fmt.Errorf("%s: %w", title, err)
	}
	after, still := mainThread(ctx, r.node)
	m.slices = append(m.slices, s)
	if known && still {
		m.busy = append(m.busy, after-before)
	}
	fmt.Fprintf(r.Progress, " %.0f/s", s.rate())
	return nil
}
