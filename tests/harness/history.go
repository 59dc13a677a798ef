package harness

import (
	"context"
	"fmt"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"makegood/api/client"
	"makegood/order"
)

// Final waits until the order's status is final and returns it.
func (s *System) Final(t testing.TB, id order.ID) client.Order {
	t.Helper()
	var o client.Order
	Eventually(t, func(ctx context.Context) (err error) {
		if o, err = s.API.Get(ctx, id); err == nil && !o.Status.Final() {
			err = fmt.Errorf("order %s is %s", id, o.Status)
		}
		return err
	})
	return o
}

// Closed waits until the order's workflow has ended, all of its events
// confirmed, and returns its history.
func (s *System) Closed(t testing.TB, id order.ID) *historypb.History {
	t.Helper()
	Eventually(t, func(ctx context.Context) error {
		described, err := s.Temporal.DescribeWorkflowExecution(ctx, string(id), "")
		if err != nil {
			return err
		}
		if status := described.GetWorkflowExecutionInfo().GetStatus(); status == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return fmt.Errorf("the workflow of order %s is %s", id, status)
		}
		return nil
	})
	history, err := s.History(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return history
}

// History is what Temporal has recorded of the order so far.
func (s *System) History(ctx context.Context, id order.ID) (*historypb.History, error) {
	history := &historypb.History{}
	events := s.Temporal.GetWorkflowHistory(ctx, string(id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return nil, fmt.Errorf("read history of %s: %w", id, err)
		}
		history.Events = append(history.Events, event)
	}
	return history, nil
}

// Count is how many events of the type the history holds.
func Count(history *historypb.History, kind enumspb.EventType) int {
	n := 0
	for _, event := range history.GetEvents() {
		if event.GetEventType() == kind {
			n++
		}
	}
	return n
}
