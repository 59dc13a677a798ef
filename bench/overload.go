package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// OverloadConfig is what the benchmark of too many orders needs.
type OverloadConfig struct {
	// Concurrency is how many callers find out what the system completes.
	Concurrency int
	// Times is how many times that much then comes.
	Times int
	// Time is for how long it comes, and for how long is measured before.
	Time time.Duration
	// Progress is told what is being done; nil means nobody.
	Progress io.Writer
}

// flood is what became of the orders that came.
type flood struct {
	OverloadConfig
	shop *shop

	mu              sync.Mutex
	accepted        []int64
	acceptedLatency *hdrhistogram.Histogram
	refused         []int64
	refusedLatency  *hdrhistogram.Histogram
	silent          int64 // refusals without Retry-After
	failed          map[string]int64
	poured          time.Time // when the last one was sent
}

// Overload finds out what the system completes, sends it a multiple of that
// without waiting for any answer, and follows each order that was accepted to
// its end, and each that was refused to nothing.
func Overload(ctx context.Context, world World, cfg OverloadConfig) (report OverloadReport, err error) {
	if cfg.Progress == nil {
		cfg.Progress = io.Discard
	}
	report = OverloadReport{Run: newRun(world.Versions), Times: cfg.Times}
	f := &flood{OverloadConfig: cfg, acceptedLatency: newLatency(), refusedLatency: newLatency(), failed: map[string]int64{}}
	if f.shop, err = openShop(ctx, world.API, 1000); err != nil {
		return report, err
	}
	defer f.shop.close()
	fmt.Fprintln(cfg.Progress, "Finding out what the system completes")
	for _, row := range []string{"warm", "sustained"} {
		done, err := load{workers: cfg.Concurrency, lasts: cfg.Time}.run(ctx, func(ctx context.Context, n int64) error {
			return f.shop.place(ctx, row, n)
		})
		if err != nil {
			return report, err
		}
		report.Sustained = done.rate()
	}
	asked := report.Sustained * float64(cfg.Times)
	fmt.Fprintf(cfg.Progress, "It completes %.0f a second; sending %.0f a second for %s\n", report.Sustained, asked, cfg.Time)
	report.Asked, err = f.pour(ctx, asked)
	if err != nil {
		return report, err
	}
	fmt.Fprintf(cfg.Progress, "Accepted %d, refused %d; following them\n", len(f.accepted), len(f.refused))
	return report, f.follow(ctx, &report)
}

// pour places orders at a steady rate, each without waiting for the one before,
// and returns at which rate it managed to.
func (f *flood) pour(ctx context.Context, rate float64) (managed float64, err error) {
	var placing sync.WaitGroup
	began := time.Now()
	n := int64(0)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for now := began; now.Sub(began) < f.Time; {
		for due := int64(rate * now.Sub(began).Seconds()); n < due; n++ {
			one := n
			placing.Go(func() { f.send(ctx, one) })
		}
		select {
		case <-ctx.Done():
			placing.Wait()
			return 0, ctx.Err()
		case now = <-tick.C:
		}
	}
	f.poured = time.Now()
	managed = float64(n) / f.poured.Sub(began).Seconds()
	placing.Wait()
	return managed, nil
}

// send places one order and notes the answer.
func (f *flood) send(ctx context.Context, n int64) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	from := time.Now()
	answer, err := f.shop.post(ctx, "flood", n)
	took := min(time.Since(from).Microseconds(), f.refusedLatency.HighestTrackableValue())
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case err != nil:
		if f.failed["no answer"]++; f.failed["no answer"] == 1 {
			fmt.Fprintln(f.Progress, "The first one without an answer:", err)
		}
	case answer.status == http.StatusAccepted, answer.status == http.StatusOK:
		f.accepted = append(f.accepted, n)
		_ = f.acceptedLatency.RecordValue(took) // within bounds
	case answer.problem == "overloaded":
		f.refused = append(f.refused, n)
		_ = f.refusedLatency.RecordValue(took) // within bounds
		if answer.retryAfter == "" {
			f.silent++
		}
	default:
		f.failed[cmp.Or(answer.problem, http.StatusText(answer.status))]++
	}
}
