package faults_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"golang.org/x/sync/errgroup"

	"makegood/tests/harness"
)

// undisturbed is the history of each journey to its end.
func undisturbed(t *testing.T, s *harness.System) []*historypb.History {
	t.Helper()
	histories := make([]*historypb.History, len(journeys))
	group, ctx := errgroup.WithContext(t.Context())
	for i, j := range journeys {
		group.Go(func() error {
			id, err := j.place(ctx, s, "undisturbed")
			if err != nil {
				return err
			}
			if err := j.accompany(ctx, s, id); err != nil {
				return err
			}
			o, err := s.API.Get(ctx, id)
			if err == nil && (o.Status != j.ends || o.Reason != j.reason) {
				err = fmt.Errorf("order %s, which %s, is %s: %s", id, j.name, o.Status, o.Reason)
			}
			if err == nil {
				histories[i], err = s.History(ctx, id)
			}
			return err
		})
	}
	require.NoError(t, group.Wait())
	return histories
}

// pointsOf are the event ids after which a history may stand still: the next
// event was not written together with them.
func pointsOf(h *historypb.History) []int64 {
	var points []int64
	for _, event := range h.GetEvents() {
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
			enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, enumspb.EVENT_TYPE_TIMER_FIRED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
			points = append(points, event.GetEventId()-1)
		}
	}
	return points
}

// until follows a workflow's history until its event n is written, and tells
// whether it goes on after that.
func until(ctx context.Context, s *harness.System, workflowID string, n int64) (open bool, err error) {
	events := s.Temporal.GetWorkflowHistory(ctx, workflowID, "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return false, fmt.Errorf("follow %s: %w", workflowID, err)
		}
		if event.GetEventId() >= n {
			return true, nil
		}
	}
	return false, nil
}

func completedTasks(h *historypb.History) []int64 {
	var ids []int64
	for _, event := range h.GetEvents() {
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			ids = append(ids, event.GetEventId())
		}
	}
	return ids
}
