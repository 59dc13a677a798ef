// Package history reads what Temporal has recorded of an order. It needs no
// worker, and never changes anything.
package history

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"makegood/order"
)

// Recorded is what a workflow's history holds of an order.
type Recorded struct {
	Order    order.Order
	Outcomes []order.Outcome
	// Closed says that the workflow has ended: every event is confirmed, or
	// somebody terminated it.
	Closed bool
}

// Story is what the outcomes tell.
func (r *Recorded) Story() order.Story { return order.Tell(r.Order, r.Outcomes) }

// Read takes the order's latest run from the server; it needs no worker. It
// returns a serviceerror.NotFound for an order that the namespace doesn't hold.
func Read(ctx context.Context, c client.Client, id order.ID) (Recorded, error) {
	return read(ctx, c, id, false, func(Recorded) bool { return false })
}

// Follow reads like Read, then waits for more until the workflow closes or see
// says that it has seen enough. It calls see after each recorded fact.
func Follow(ctx context.Context, c client.Client, id order.ID, see func(Recorded) (enough bool)) (Recorded, error) {
	return read(ctx, c, id, true, see)
}

func read(ctx context.Context, c client.Client, id order.ID, wait bool, see func(Recorded) bool) (Recorded, error) {
	var r Recorded
	events := c.GetWorkflowHistory(ctx, string(id), "", wait, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return r, fmt.Errorf("read history of %s: %w", id, err)
		}
		if heard, err := r.hear(event); err != nil {
			return r, fmt.Errorf("read history of %s: %w", id, err)
		} else if heard && see(r) {
			return r, nil
		}
	}
	return r, nil
}

// hear takes one event of the history and tells whether it said anything.
func (r *Recorded) hear(event *historypb.HistoryEvent) (bool, error) {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		input := event.GetWorkflowExecutionStartedEventAttributes().GetInput()
		return true, converter.GetDefaultDataConverter().FromPayloads(input, &r.Order)
	case enumspb.EVENT_TYPE_MARKER_RECORDED:
		// The SDK keeps a local activity's result under "result", its failure
		// beside it, and a side effect's value under "data".
		marker := event.GetMarkerRecordedEventAttributes()
		switch marker.GetMarkerName() {
		case "LocalActivity":
			return r.add(marker.GetDetails()["result"]) || r.addRefusal(marker.GetFailure()), nil
		case "SideEffect":
			return r.add(marker.GetDetails()["data"]), nil
		}
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		return r.add(event.GetActivityTaskCompletedEventAttributes().GetResult()), nil
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		return r.addRefusal(event.GetActivityTaskFailedEventAttributes().GetFailure()), nil
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		r.Closed = true
		return true, nil
	}
	return false, nil
}

// add takes an outcome out of a payload, if it holds one.
func (r *Recorded) add(payloads *commonpb.Payloads) bool {
	if len(payloads.GetPayloads()) == 0 {
		return false
	}
	var outcome order.Outcome
	err := converter.GetDefaultDataConverter().FromPayloads(payloads, &outcome)
	if err != nil || outcome.Step == "" {
		return false
	}
	r.Outcomes = append(r.Outcomes, outcome)
	return true
}

func (r *Recorded) addRefusal(failure *failurepb.Failure) bool {
	refused := failure.GetApplicationFailureInfo()
	return refused.GetNonRetryable() && r.add(refused.GetDetails())
}
