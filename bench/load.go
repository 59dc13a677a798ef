// Package bench measures makegood against what it stands on, in one run and
// on one server, so that what counts are ratios and not a machine's figures.
// It makes calls as the roles make them, and never judges by itself whether a
// figure is good enough to ship.
package bench

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"
)

// load is a closed loop: each worker makes its next call when its last one has
// returned, so there are never more calls in flight than workers.
type load struct {
	workers int
	// lasts is for how long calls are begun; zero means until there were calls.
	lasts time.Duration
	// calls is after how many it ends; zero means after any number.
	calls int64
}

// slice is what one run of a load found.
type slice struct {
	calls   int64
	took    time.Duration // from the first call's begin to the last one's end
	latency *hdrhistogram.Histogram
}

// Latencies are recorded in µs up to a minute, to 3 figures.
func newLatency() *hdrhistogram.Histogram { return hdrhistogram.New(1, time.Minute.Microseconds(), 3) }

// run makes calls numbered from 0, each number once, and ends with the first
// error. A call gets to its end before run returns.
func (l load) run(ctx context.Context, call func(ctx context.Context, n int64) error) (slice, error) {
	histograms := make([]*hdrhistogram.Histogram, l.workers)
	for i := range histograms {
		histograms[i] = newLatency()
	}
	// What was measured before leaves no garbage to this one.
	runtime.GC()

	var next atomic.Int64
	var ready sync.WaitGroup
	ready.Add(l.workers)
	var began time.Time
	start := make(chan struct{})
	group, ctx := errgroup.WithContext(ctx)
	for _, latency := range histograms {
		group.Go(func() error {
			ready.Done()
			<-start
			for now := began; l.lasts == 0 || now.Sub(began) < l.lasts; {
				if err := ctx.Err(); err != nil {
					return err
				}
				n := next.Add(1) - 1
				if l.calls > 0 && n >= l.calls {
					return nil
				}
				from := time.Now()
				if err := call(ctx, n); err != nil {
					return err
				}
				now = time.Now()
				took := min(now.Sub(from).Microseconds(), latency.HighestTrackableValue())
				if err := latency.RecordValue(took); err != nil {
					return err
				}
			}
			return nil
		})
	}
	ready.Wait()
	began = time.Now()
	close(start)
	err := group.Wait()
	s := slice{took: time.Since(began), latency: newLatency()}
	for _, latency := range histograms {
		s.latency.Merge(latency)
	}
	s.calls = s.latency.TotalCount()
	return s, err
}
