package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"makegood/api"
	"makegood/history"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// terminate ends the order's workflow from outside.
func (s *shop) terminate(id order.ID) {
	s.Helper()
	require.NoError(s, s.temporal.TerminateWorkflow(s.Context(), string(id), "", "test"))
}

// unwind starts what the audit would.
func (s *shop) unwind(id order.ID) {
	s.Helper()
	recorded, err := history.Read(s.Context(), s.temporal, id)
	require.NoError(s, err)
	require.True(s, recorded.Broken)
	in := workflows.Unwinding{Order: recorded.Order, Outcomes: recorded.Outcomes}
	_, err = s.temporal.ExecuteWorkflow(s.Context(), workflows.UnwindOptions(in), workflows.UnwindWorkflow, in)
	require.NoError(s, err)
}

// reset takes the order's workflow back to before its first task had ended.
func (s *shop) reset(id order.ID) {
	s.Helper()
	_, err := s.temporal.ResetWorkflowExecution(s.Context(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: s.namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: string(id)},
		WorkflowTaskFinishEventId: 4, RequestId: "reset", Reason: "test",
	})
	require.NoError(s, err)
}

// listedOnce waits until the list shows the order as GET does, with each
// filter that it matches and with no other.
func (s *shop) listedOnce(id order.ID) {
	s.Helper()
	o := s.order(id)
	shows := func(found []api.OrderSummary) bool {
		return len(found) == 1 && found[0].ID == id && found[0].Status == o.Status &&
			(found[0].Reason == o.Reason || found[0].Reason != nil && o.Reason != nil && *found[0].Reason == *o.Reason)
	}
	harness.Holds(s, "it is listed as "+string(o.Status), func() bool { return shows(s.pages("", 50)) })
	harness.Holds(s, "it is the customer's one order", func() bool { return shows(s.pages("customer_id=cus_42", 1)) })
	for _, status := range order.Statuses {
		if status == o.Status {
			harness.Holds(s, "its filter finds it", func() bool { return shows(s.pages("status="+string(status), 1)) })
			continue
		}
		require.Empty(s, s.pages("status="+string(status), 50), status)
	}
}

func TestATerminatedOrderIsAnsweredAsItsUnwindingStands(t *testing.T) {
	s := open(t)
	s.work(&providers{hangs: true})
	id := s.place("k1").ID
	harness.Holds(s, "its charge hangs", func() bool { return s.pastTheLane(id) })
	s.terminate(id)
	streamed, answered := make(chan []string, 1), make(chan answer, 1)
	go func() {
		var types []string
		s.watch(id, "1", func(_, eventType string) { types = append(types, eventType) })
		streamed <- types
	}()
	go func() {
		a, _ := s.try(http.MethodPost, "/v1/orders", body, "Idempotency-Key", "k1", "Prefer", "wait=60")
		answered <- a
	}()
	s.listedOnce(id)
	require.Equal(t, order.Placed, s.order(id).Status)
	require.Equal(t, http.StatusAccepted, s.cancel(id).code, "it will be taken back")

	require.Empty(t, streamed, "something will follow")
	require.Empty(t, answered, "it is not final")
	s.unwind(id)
	s.ends(id, order.Cancelled)
	require.Equal(t, []string{"order.cancelled"}, <-streamed)
	waited := <-answered
	require.Equal(t, http.StatusOK, waited.code)
	require.Equal(t, order.Cancelled, waited.Status)
	require.Equal(t, order.Terminated, *s.order(id).Reason)
	s.listedOnce(id)
	cancelled := s.cancel(id)
	require.Equal(t, http.StatusAccepted, cancelled.code, cancelled.text)
	require.Equal(t, order.Cancelled, cancelled.Status)
	require.Equal(t, http.StatusConflict, s.say(id, byHand).code)
	again := s.place("k1", "Prefer", "wait=20")
	require.Equal(t, http.StatusOK, again.code)
	require.Equal(t, order.Cancelled, again.Status)
	var types []string
	require.True(t, s.watch(id, "", func(_, eventType string) { types = append(types, eventType) }))
	require.Equal(t, []string{"order.placed", "order.cancelled"}, types)
}

func TestAnUnwindingThatWaitsForAPersonTakesTheirWord(t *testing.T) {
	s := open(t)
	s.work(refusing())
	id := s.waiting("k1")
	s.terminate(id)
	early := s.say(id, byHand)
	require.Equal(t, http.StatusConflict, early.code)
	require.Contains(t, early.problem.Detail, "once the audit unwinds it")

	s.unwind(id)
	s.listedOnce(id) // waiting, and why it had turned back
	late := s.cancel(id)
	require.Equal(t, http.StatusConflict, late.code)
	require.Equal(t, "/problems/already_rejected", late.problem.Type)
	require.Equal(t, http.StatusAccepted, s.say(id, byHand).code)
	s.ends(id, order.Rejected)
	s.listedOnce(id)
}

func TestAResetOrderIsListedOnce(t *testing.T) {
	s := open(t)
	end := s.work(&providers{hangs: true})
	id := s.place("k1").ID
	harness.Holds(s, "its charge hangs", func() bool { return s.pastTheLane(id) })
	end()
	s.reset(id)
	s.listedOnce(id)
	s.work(&providers{lost: true})
	s.ends(id, order.Rejected)
	s.listedOnce(id)
	s.reset(id)
	s.listedOnce(id)
}

// pastTheLane says that the order's first task has ended.
func (s *shop) pastTheLane(id order.ID) bool {
	described, err := s.temporal.DescribeWorkflowExecution(s.Context(), string(id), "")
	require.NoError(s, err)
	return len(described.GetPendingActivities()) > 0
}
