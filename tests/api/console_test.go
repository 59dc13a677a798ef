package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"makegood/api"
	"makegood/console"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

func withConsole(c *api.Config) { c.Console = console.New }

// page is one of the console's.
func (s *shop) page(path string) string {
	s.Helper()
	a := s.call(http.MethodGet, path, "")
	require.Equal(s, http.StatusOK, a.code, a.text)
	return a.text
}

func TestTheConsoleCountsAllOrdersOrNone(t *testing.T) {
	s := open(t, withConsole)
	s.place("k1")
	harness.Holds(s, "the order is counted", func() bool {
		return strings.Contains(s.page("/"), `<span class="n">1</span> <span class="what">placed</span>`)
	})
	sought := s.page("/?q=cus_42")
	require.NotContains(t, sought, `class="n"`)
	require.Contains(t, sought, `<span class="what">placed</span>`)
	require.Contains(t, s.page("/?status=needs_attention"), "No order here needs attention.")
	require.Contains(t, s.page("/?status=shipped&q=cus_42"), "No order of cus_42 is shipped.")
}

func TestTheConsoleSaysWhatWasReturnedByHand(t *testing.T) {
	s := open(t, withConsole)
	s.work(refusing())
	id := s.waiting("k1")
	page := "/console/orders/" + string(id)
	require.Contains(t, s.page(page), "<dt>Returned</dt><dd>0.00 EUR</dd>")
	s.say(id, byHand)
	s.ends(id, order.Rejected)
	require.Contains(t, s.page(page), `<dt>Returned</dt><dd>25.00 EUR <span class="dim">by hand</span></dd>`)
}

func TestTheConsoleSaysThatNoWorkerAsks(t *testing.T) {
	s := open(t, withConsole)
	require.Contains(t, s.page("/console/system"), "No worker asks for work.")
	s.work(&providers{})
	harness.Holds(s, "the worker is seen", func() bool {
		return !strings.Contains(s.page("/console/system"), "No worker asks for work.")
	})
}

func TestAWorkflowTaskThatFailsIsSeen(t *testing.T) {
	s := open(t, withConsole)
	id := s.place("k1").ID
	path := "/console/orders/" + string(id)
	require.NotContains(t, s.page(path), "Workflow task")
	w := sdkworker.New(s.temporal, workflows.TaskQueue, sdkworker.Options{})
	w.RegisterWorkflowWithOptions(func(workflow.Context, order.Order) error { panic("another saga") },
		workflow.RegisterOptions{Name: workflows.OrderWorkflow})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	harness.Holds(s, "its task fails", func() bool {
		return strings.Contains(s.call(http.MethodGet, "/v1/orders/"+string(id)+"/attempts", "").text, `"failing_workflow_task":`)
	})
	require.Contains(t, s.page(path), `Workflow task</td><td role="cell"><span class="state failed">failing</span>`)
}
