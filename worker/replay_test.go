package worker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"makegood/worker"
)

// recorded are histories that a server has recorded, by their files' names.
func recorded(t *testing.T) map[string]*historypb.History {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "tests", "replay", "histories", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	histories := map[string]*historypb.History{}
	for _, name := range files {
		file, err := os.Open(name)
		require.NoError(t, err)
		history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
		require.NoError(t, err)
		require.NoError(t, file.Close())
		histories[filepath.Base(name)] = history
	}
	return histories
}

// outside are events that no task made. Before one, whatever the server wrote
// at once with a task's completion is complete.
var outside = []enumspb.EventType{
	enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
	enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
}

// An order may be read at any moment of its life.
func TestEveryBeginningOfAHistoryReplays(t *testing.T) {
	for name, history := range recorded(t) {
		for n := 1; n <= len(history.GetEvents()); n++ {
			if n < len(history.GetEvents()) && !slices.Contains(outside, history.GetEvents()[n].GetEventType()) {
				continue
			}
			begun := false
			for _, event := range history.GetEvents()[:n] {
				begun = begun || event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
			}
			err := worker.Replay(workflow.Execution{ID: "ord_1"}, &historypb.History{Events: history.GetEvents()[:n]})
			if !begun {
				require.ErrorIs(t, err, worker.ErrNothingToReplay, "%d events of %s", n, name)
				continue
			}
			require.NoError(t, err, "%d events of %s", n, name)
		}
	}
}

func TestReplayFindsWhatThisBinaryWouldNotDo(t *testing.T) {
	changes := []struct {
		name   string
		change func(*historypb.HistoryEvent) bool
		why    string
	}{
		{"another activity", func(e *historypb.HistoryEvent) bool {
			scheduled := e.GetActivityTaskScheduledEventAttributes()
			if scheduled != nil {
				scheduled.ActivityType = &commonpb.ActivityType{Name: "Pack"}
			}
			return scheduled != nil
		}, "Pack"},
		{"another timer", func(e *historypb.HistoryEvent) bool {
			started := e.GetTimerStartedEventAttributes()
			if started != nil {
				started.TimerId = "999"
			}
			return started != nil
		}, "Timer"},
		{"another type of workflow", func(e *historypb.HistoryEvent) bool {
			started := e.GetWorkflowExecutionStartedEventAttributes()
			if started != nil {
				started.WorkflowType = &commonpb.WorkflowType{Name: "Parcel"}
			}
			return started != nil
		}, "Parcel"},
		{"a payload that it can't read", func(e *historypb.HistoryEvent) bool {
			started := e.GetWorkflowExecutionStartedEventAttributes()
			if len(started.GetInput().GetPayloads()) == 0 { // an audit takes none
				return false
			}
			started.Input.Payloads[0].Data = []byte(`"an order"`)
			return true
		}, "TMPRL1100"},
	}
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			found := 0
			for name, history := range recorded(t) {
				changed := proto.CloneOf(history)
				did := false
				for _, event := range changed.GetEvents() {
					did = c.change(event) || did
				}
				if !did {
					continue
				}
				found++
				err := worker.Replay(workflow.Execution{ID: "ord_1"}, changed)
				require.Error(t, err, name)
				require.ErrorContains(t, err, c.why, name)
				require.NotContains(t, fmt.Sprint(err), "stack_trace", name)
			}
			require.NotZero(t, found, "no history has any")
		})
	}
}
