package faults_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"golang.org/x/sync/errgroup"

	"makegood/history"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// feller terminates orders.
type feller struct {
	*harness.System

	mu         sync.Mutex
	felled     []felled
	points     map[string]bool
	unwindings int
}

// atOnce is how many orders are followed together.
const atOnce = 20

func (f *feller) fellAll(t *testing.T, undisturbed []*historypb.History) {
	t.Helper()
	f.points = map[string]bool{}
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(atOnce)
	for i, j := range journeys {
		points := pointsOf(undisturbed[i])
		require.NotEmpty(t, points)
		for n, k := range some(len(points)) {
			group.Go(func() error { return f.fell(ctx, j, points[k], n) })
		}
	}
	// The first task of a lane is one step of the history and many of the order.
	for _, i := range some(len(firstSteps)) {
		group.Go(func() error { return f.fellInLane(ctx, journeys[0], firstSteps[i]) })
	}
	require.NoError(t, group.Wait())
}

// firstSteps are moments of a first task that takes some 400 ms.
var firstSteps = []time.Duration{0, 50, 100, 150, 200, 250, 300, 350, 400, 500} // ms

// fell terminates an order after the event, and of every third one its
// unwinding too.
func (f *feller) fell(ctx context.Context, j journey, point int64, n int) error {
	id, err := j.place(ctx, f.System, fmt.Sprint("terminated at ", point))
	if err != nil {
		return err
	}
	going, stop := context.WithCancel(ctx)
	defer stop()
	accompanied := make(chan struct{})
	go func() {
		defer close(accompanied)
		_ = j.accompany(going, f.System, id) // a terminated one may be over before
	}()
	defer func() { stop(); <-accompanied }()
	if open, err := until(ctx, f.System, string(id), point); err != nil || !open {
		return err
	}
	if felled, err := f.terminate(ctx, j, id); err != nil || !felled || n%3 != 0 {
		return err
	}
	return f.terminateUnwinding(ctx, id, int64(1+n))
}

func (f *feller) fellInLane(ctx context.Context, j journey, ms time.Duration) error {
	id, err := j.place(ctx, f.System, fmt.Sprintf("terminated after %d ms", ms))
	if err != nil {
		return err
	}
	select {
	case <-time.After(ms * time.Millisecond): // what is swept
	case <-ctx.Done():
	}
	_, err = f.terminate(ctx, j, id)
	return err
}

// terminate presses the Web UI's button and notes how the order stood; it
// tells whether the order was still open.
func (f *feller) terminate(ctx context.Context, j journey, id order.ID) (bool, error) {
	err := f.Temporal.TerminateWorkflow(ctx, string(id), "", "by a test")
	if closed := (*serviceerror.NotFound)(nil); errors.As(err, &closed) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	recorded, err := history.Whole(ctx, f.Temporal, string(id), "")
	if err != nil {
		return false, err
	}
	past, err := f.History(ctx, id)
	if err != nil {
		return false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	point := past.GetEvents()[len(past.GetEvents())-1].GetEventId() - 1
	f.felled = append(f.felled, felled{journey: j, id: id, point: point, story: recorded.Story()})
	f.points[fmt.Sprint(j.name, point)] = true
	return true, nil
}

// terminateUnwinding ends the order's unwinding after the event as well.
func (f *feller) terminateUnwinding(ctx context.Context, id order.ID, point int64) error {
	unwinding := workflows.UnwindID(id)
	err := harness.Await(ctx, time.Minute, func(ctx context.Context) error {
		_, err := f.Temporal.DescribeWorkflowExecution(ctx, unwinding, "")
		return err
	})
	if err != nil {
		return err
	}
	if open, err := until(ctx, f.System, unwinding, point); err != nil || !open {
		return err
	}
	err = f.Temporal.TerminateWorkflow(ctx, unwinding, "", "by a test")
	if closed := (*serviceerror.NotFound)(nil); errors.As(err, &closed) {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unwindings++
	return err
}
