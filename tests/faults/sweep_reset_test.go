package faults_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// A shop's cancel meets a reset of the order's workflow, which comes up to 180
// ms later: what was answered with 202 is not forgotten with the run that is
// left behind.
func TestACancelThatMeetsAReset(t *testing.T) {
	t.Parallel()
	const moments = 60
	s := watched(t)
	var answered atomic.Int64
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(sweepers)
	for i := range moments {
		group.Go(func() error {
			request := harness.Sample()
			request.ShippingAddress.Line1 = "sim:slow_20000"
			placed, err := s.API.Place(ctx, request, fmt.Sprint("meets a reset ", i), 0)
			if err != nil {
				return err
			}
			taken, err := cancelAndReset(ctx, s, placed.ID, time.Duration(i)*3*time.Millisecond)
			if taken {
				answered.Add(1)
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
	t.Logf("%d of %d cancels were answered with 202", answered.Load(), moments)
	require.NotZero(t, answered.Load())
	s.RequireSound(t)
}

// cancelAndReset resets the order to its first task, the delay after somebody
// began to cancel it, and tells whether the gateway took the cancel. One that
// it did not take is sent again.
func cancelAndReset(ctx context.Context, s *harness.System, id order.ID, delay time.Duration) (taken bool, err error) {
	past := int64(0)
	err = harness.Await(ctx, 30*time.Second, func(ctx context.Context) error {
		history, err := s.History(ctx, id)
		if tasks := completedTasks(history); len(tasks) > 0 {
			past = tasks[0]
			return nil
		}
		return errors.Join(err, fmt.Errorf("the first task of %s goes on", id))
	})
	if err != nil {
		return false, err
	}
	cancelled := make(chan error, 1)
	go func() {
		_, err := s.API.Cancel(ctx, id)
		cancelled <- err
	}()
	<-time.After(delay) // what is swept
	if err := resetTo(ctx, s, id, past); err != nil {
		return false, err
	}
	err = <-cancelled
	if problem := (*client.Problem)(nil); errors.As(err, &problem) && problem.Status == 503 {
		return false, harness.Await(ctx, 30*time.Second, func(ctx context.Context) error {
			_, err := s.API.Cancel(ctx, id)
			return err
		})
	} else if err != nil {
		return false, err
	}
	return true, harness.Await(ctx, time.Minute, func(ctx context.Context) error {
		o, err := s.API.Get(ctx, id)
		if err == nil && o.Status != order.Cancelled {
			err = fmt.Errorf("order %s, whose cancel was answered with 202, is %s", id, o.Status)
		}
		return err
	})
}
