package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/log"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/reflect/protoreflect"

	"makegood/workflows"
)

// ErrNothingToReplay says that no workflow task of the history has completed:
// any worker may begin it anew.
var ErrNothingToReplay = errors.New("no workflow task has completed yet")

// Replay runs the workflows of this binary against what was recorded of one
// execution, and returns an error if a worker of this binary could not go on
// with it. It does nothing else: no activity runs, and no server is asked. The
// budgets of the saga don't matter to it, see workflows.Config.
//
// The history may be of an open workflow. The SDK writes into it: nobody else
// may use it meanwhile.
func Replay(execution workflow.Execution, history *historypb.History) error {
	recorded := settled(history.GetEvents())
	if len(recorded) == 0 {
		return ErrNothingToReplay
	}
	replayer, err := sdkworker.NewWorkflowReplayerWithOptions(sdkworker.WorkflowReplayerOptions{
		// On a busy machine a replay can stand still for the second that the
		// detector takes for a deadlock.
		DisableDeadlockDetection: true,
	})
	if err != nil {
		return err
	}
	RegisterWorkflows(replayer, &workflows.Orders{Config: workflows.DefaultConfig()})
	return brief(replayer.ReplayWorkflowHistoryWithOptions(
		log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
		&historypb.History{Events: recorded},
		sdkworker.ReplayWorkflowHistoryOptions{OriginalExecution: execution},
	))
}

// settled is the history up to what its last completed workflow task did. What
// came after it is not answered by any task yet: a replay would go on by
// itself there, and take what it does for a contradiction.
func settled(events []*historypb.HistoryEvent) []*historypb.HistoryEvent {
	end := 0
	for i, event := range events {
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED || end == i && byTask(event) {
			end = i + 1
		}
	}
	return events[:end]
}

// byTask tells whether the event is what a workflow task commanded or answered.
func byTask(event *historypb.HistoryEvent) bool {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_REJECTED:
		return true
	}
	message := event.ProtoReflect()
	attributes := message.WhichOneof(message.Descriptor().Oneofs().ByName("attributes"))
	if attributes == nil {
		return false
	}
	// Every event of a command names its task.
	task := attributes.Message().Fields().ByName(protoreflect.Name("workflow_task_completed_event_id"))
	return task != nil && message.Get(attributes).Message().Has(task)
}

var failureMessage = regexp.MustCompile(`(?s)^replay workflow failed with failure: .*?message:\s*("(?:[^"\\]|\\.)*")`)

// brief takes the message out of an error in which the SDK prints a failure
// with its stack trace.
func brief(err error) error {
	if err == nil {
		return nil
	}
	if found := failureMessage.FindStringSubmatch(err.Error()); found != nil {
		if message, unquoted := strconv.Unquote(found[1]); unquoted == nil {
			return fmt.Errorf("%s", message)
		}
	}
	return err
}
