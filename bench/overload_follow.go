package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"makegood/order"
)

// lostAfter is how long an accepted order may take, after the flood, before it
// counts as lost.
const lostAfter = 3 * time.Minute

// followers ask for orders at once, after the flood.
const followers = 8

// follow waits until every accepted order is completed, and looks for those
// that were refused and began all the same.
func (f *flood) follow(ctx context.Context, into *OverloadReport) error {
	into.Accepted, into.Refused = spread(f.acceptedLatency), spread(f.refusedLatency)
	into.WithoutRetryAfter, into.Failed = f.silent, f.failed
	var lost, begun atomic.Int64
	each := func(of []int64, do func(ctx context.Context, n int64) error) error {
		if len(of) == 0 {
			return nil
		}
		_, err := load{workers: followers, calls: int64(len(of))}.run(ctx, func(ctx context.Context, i int64) error { return do(ctx, of[i]) })
		return err
	}
	err := each(f.accepted, func(ctx context.Context, n int64) error {
		err := f.completed(ctx, n)
		if err != nil && ctx.Err() == nil {
			lost.Add(1)
			fmt.Fprintln(f.Progress, "Lost:", err)
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	into.DrainedSeconds = time.Since(f.poured).Seconds()
	err = each(f.refused, func(ctx context.Context, n int64) error {
		answer, err := f.shop.get(ctx, "flood", n)
		if err == nil && answer.status != http.StatusNotFound {
			begun.Add(1)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look for a refused order: %w", err)
	}
	into.Lost, into.RefusedButBegun = lost.Load(), begun.Load()
	into.judge()
	return nil
}

func (f *flood) completed(ctx context.Context, n int64) error {
	for {
		got, err := f.shop.api.Get(ctx, f.shop.id("flood", n))
		if err == nil && got.Status == order.Completed {
			return nil
		}
		if got.Status.Final() || time.Since(f.poured) > lostAfter {
			return errors.Join(fmt.Errorf("order %s is %q, not completed", f.shop.id("flood", n), got.Status), err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
