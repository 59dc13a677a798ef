package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"makegood/activities"
	"makegood/order"
)

// orderRow is one thing that is measured beside the others.
type orderRow struct {
	loaded, alone measurement
	used          costs // by all slices under load
	refusals      int64 // in them
	// end does the n-th one from its beginning to its end, and returns its
	// workflow's id.
	end   func(ctx context.Context, n int64) (workflowID string, err error)
	begun atomic.Int64
	// sampled are the ids of the first workflows of its last slice, whose
	// histories are read.
	sampled [samples]string
}

// yardsticks are the workflows that makegood is compared with, and the worker
// that runs them in this process.
type yardsticks struct {
	temporal client.Client
	queue    string
	worker   sdkworker.Worker
}

const (
	noopWorkflow  = "bench-noop"
	usualWorkflow = "bench-usual"
)

// noop is what any workflow costs at least.
func noop(workflow.Context) error { return nil }

// usual is the saga as it is usually written: a regular activity for each of
// the three steps, no events and no record for the Web UI. Its activities are
// makegood's own, so that it does the same to the servers behind them.
func usual(ctx workflow.Context, o order.Order) error {
	var acts *activities.Activities
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: patience})
	for _, step := range []any{acts.Charge, acts.Reserve, acts.Ship} {
		if err := workflow.ExecuteActivity(ctx, step, o).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// startYardsticks runs their worker as makegood runs its own, on the client that
// starts them: eager starts need that.
func startYardsticks(world World) (*yardsticks, error) {
	y := &yardsticks{temporal: world.Temporal, queue: "bench-" + rand.Text()}
	y.worker = sdkworker.New(world.Temporal, y.queue, sdkworker.Options{
		WorkflowTaskPollerBehavior: sdkworker.NewPollerBehaviorAutoscaling(sdkworker.PollerBehaviorAutoscalingOptions{}),
		ActivityTaskPollerBehavior: sdkworker.NewPollerBehaviorAutoscaling(sdkworker.PollerBehaviorAutoscalingOptions{}),
	})
	y.worker.RegisterWorkflowWithOptions(noop, workflow.RegisterOptions{Name: noopWorkflow})
	y.worker.RegisterWorkflowWithOptions(usual, workflow.RegisterOptions{Name: usualWorkflow})
	y.worker.RegisterActivity(world.Activities)
	if err := y.worker.Start(); err != nil {
		return nil, fmt.Errorf("start the worker of the no-op and the usual saga: %w", err)
	}
	return y, nil
}

// noop runs one workflow that does nothing. An eager one gets to the worker with
// the answer to its start.
func (y *yardsticks) noop(ctx context.Context, eager bool) (string, error) {
	return y.run(ctx, client.StartWorkflowOptions{ID: "bench-noop-" + rand.Text(), EnableEagerStart: eager}, noopWorkflow)
}

// usual runs one usual saga of the shop's n-th order.
func (y *yardsticks) usual(ctx context.Context, s *shop, n int64) (string, error) {
	o := order.Order{ID: s.id("usual", n), PlacedAt: time.Now().UTC().Truncate(time.Millisecond), Request: s.request(n)}
	return y.run(ctx, client.StartWorkflowOptions{ID: string(o.ID)}, usualWorkflow, o)
}

func (y *yardsticks) run(ctx context.Context, options client.StartWorkflowOptions, workflow string, in ...any) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	options.TaskQueue = y.queue
	run, err := y.temporal.ExecuteWorkflow(ctx, options, workflow, in...)
	if err != nil {
		return "", err
	}
	return run.GetID(), run.Get(ctx, nil)
}

func (y *yardsticks) stop() { y.worker.Stop() }
