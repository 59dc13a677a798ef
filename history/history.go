// Package history reads what Temporal has recorded of an order. It needs no
// worker, and never changes anything.
package history

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"makegood/order"
	"makegood/workflows"
)

// Recorded is what the histories of an order hold: of its own workflow, and of
// the one that unwinds it if that was ended from outside.
type Recorded struct {
	Order    order.Order
	Outcomes []order.Outcome
	// Workflow is the id of the one that is, or was last, at work on it.
	Workflow string
	// Closed says that the workflow has ended: unless it is Broken, every event
	// is confirmed.
	Closed bool
	// Broken says that it was ended from outside: terminated, for one. What it
	// left open is unwound after the next audit.
	Broken bool

	run  string          // the one that recorded the newest fact
	base string          // the one that it was last reset from, if it was
	held []order.Outcome // what a run after a reset recorded before it took up its predecessor
}

// Story is what the outcomes tell.
func (r *Recorded) Story() order.Story { return order.Tell(r.Order, r.Outcomes) }

// Read takes the order's latest run from the server; it needs no worker. It
// returns a serviceerror.NotFound for an order that the namespace doesn't hold.
func Read(ctx context.Context, c client.Client, id order.ID) (Recorded, error) {
	return read(ctx, c, id, false, func(Recorded) bool { return false })
}

// Follow reads like Read, then waits for more until the workflow closes or see
// says that it has seen enough. It calls see after each recorded fact. Once the
// workflow was ended from outside it waits for what comes next, its unwinding
// or a reset, and may call see again with what it has seen before.
func Follow(ctx context.Context, c client.Client, id order.ID, see func(Recorded) (enough bool)) (Recorded, error) {
	enough := false
	for {
		recorded, err := read(ctx, c, id, true, func(r Recorded) bool {
			enough = see(r)
			return enough
		})
		if err != nil || enough || !recorded.Broken {
			return recorded, err
		}
		select {
		case <-ctx.Done():
			return recorded, ctx.Err()
		case <-time.After(nextLook):
		}
	}
}

// nextLook is how soon Follow looks again at an order that nobody works on.
// The audit, which takes it up, runs every minute unless told otherwise.
const nextLook = time.Second

func read(ctx context.Context, c client.Client, id order.ID, wait bool, see func(Recorded) bool) (Recorded, error) {
	recorded, err := readRun(ctx, c, string(id), "", wait, see)
	pending := false
	switch {
	case IsMissing(err): // forgotten, and what unwinds it may be there still
	case err != nil:
		return recorded, err
	case recorded.Broken:
		if reset, err := goesOn(ctx, c, id); err != nil {
			return recorded, err
		} else if reset {
			return read(ctx, c, id, wait, see)
		}
	case recorded.held != nil: // reset, and perhaps until its unwinding has ended
		pending = true
	default:
		return recorded, nil
	}
	unwound, failed := readRun(ctx, c, workflows.UnwindID(id), "", wait && !pending, see)
	if IsMissing(failed) || failed == nil && pending && unwound.Closed {
		return recorded, err
	}
	return unwound, failed
}

// goesOn says that the order's latest run is not the one that was found broken:
// a reset ends a run as terminating it does, and another one takes over.
func goesOn(ctx context.Context, c client.Client, id order.ID) (bool, error) {
	described, err := c.DescribeWorkflowExecution(ctx, string(id), "")
	if err != nil {
		return false, fmt.Errorf("describe %s: %w", id, err)
	}
	switch described.GetWorkflowExecutionInfo().GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return true, nil
	default:
		return false, nil
	}
}

func readRun(ctx context.Context, c client.Client, workflowID, runID string, wait bool, see func(Recorded) bool) (Recorded, error) {
	r := Recorded{Workflow: workflowID}
	events := c.GetWorkflowHistory(ctx, workflowID, runID, wait, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return r, fmt.Errorf("read history of %s: %w", workflowID, err)
		}
		if heard, err := r.hear(event); err != nil {
			return r, fmt.Errorf("read history of %s: %w", workflowID, err)
		} else if heard && see(r) {
			return r, nil
		}
	}
	return r, nil
}
