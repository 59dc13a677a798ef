package history

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
)

// Work is what a workflow has had done, in the order in which it asked for it.
type Work struct {
	RunID      string
	Activities []Activity
	// FailingTask is the attempt that its workflow task is at, of one that
	// failed or ran out of time before: 2 or more. Else it is 0.
	FailingTask int
}

// Activity is one thing that was to be done, however many attempts it took.
type Activity struct {
	// Type is the activity's name: Charge, Refund, Publish.
	Type  string
	State State
	// Attempts counts the one under way, and at least 1 once it has begun.
	Attempts int
	// InLane says that it was a local activity of the first workflow task. Its
	// times are then one: when it ended.
	InLane      bool
	ScheduledAt time.Time
	// EndedAt is zero while it goes on.
	EndedAt time.Time
	// NextAt is when the next attempt begins; zero unless it is Waiting.
	NextAt time.Time
	// LastFailure is what the last failed attempt said; empty if none failed.
	LastFailure string
}

// State is how an activity stands.
type State string

// The states: the last four are final.
const (
	Scheduled State = "scheduled" // no worker has taken it
	Running   State = "running"
	Waiting   State = "waiting" // for its next attempt
	Done      State = "done"
	Failed    State = "failed" // for good: refused, most often
	TimedOut  State = "timed_out"
	Cancelled State = "cancelled"
)

// Attempts reads what the workflow's latest run has had done. It needs no
// worker.
func Attempts(ctx context.Context, c client.Client, workflowID string) (Work, error) {
	described, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return Work{}, fmt.Errorf("describe %s: %w", workflowID, err)
	}
	w := worked{byEvent: map[int64]int{}, byID: map[string]int{}}
	w.RunID = described.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	events := c.GetWorkflowHistory(ctx, workflowID, w.RunID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return Work{}, fmt.Errorf("read history of %s: %w", workflowID, err)
		}
		w.hear(event)
	}
	for _, pending := range described.GetPendingActivities() {
		w.pending(pending)
	}
	if attempt := int(described.GetPendingWorkflowTask().GetAttempt()); attempt > 1 {
		w.FailingTask = attempt
	}
	return w.Work, nil
}

// worked finds activities by the event that scheduled them, and by their id.
type worked struct {
	Work
	byEvent map[int64]int
	byID    map[string]int
}

func (w *worked) hear(event *historypb.HistoryEvent) {
	at := event.GetEventTime().AsTime()
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_MARKER_RECORDED:
		w.lane(event.GetMarkerRecordedEventAttributes(), at)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		said := event.GetActivityTaskScheduledEventAttributes()
		w.byEvent[event.GetEventId()], w.byID[said.GetActivityId()] = len(w.Activities), len(w.Activities)
		w.Activities = append(w.Activities, Activity{Type: said.GetActivityType().GetName(), State: Scheduled, ScheduledAt: at})
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		said := event.GetActivityTaskStartedEventAttributes()
		if a := w.of(said.GetScheduledEventId()); a != nil {
			a.State, a.Attempts, a.LastFailure = Running, int(said.GetAttempt()), words(said.GetLastFailure())
		}
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		w.end(event.GetActivityTaskCompletedEventAttributes().GetScheduledEventId(), Done, at, nil)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		said := event.GetActivityTaskFailedEventAttributes()
		w.end(said.GetScheduledEventId(), Failed, at, said.GetFailure())
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		said := event.GetActivityTaskTimedOutEventAttributes()
		w.end(said.GetScheduledEventId(), TimedOut, at, said.GetFailure())
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
		w.end(event.GetActivityTaskCanceledEventAttributes().GetScheduledEventId(), Cancelled, at, nil)
	}
}

// lane takes a local activity, whose marker holds the SDK's own record of it.
func (w *worked) lane(marker *historypb.MarkerRecordedEventAttributes, at time.Time) {
	if marker.GetMarkerName() != "LocalActivity" {
		return
	}
	var said struct {
		ActivityType string
		Attempt      int
	}
	if converter.GetDefaultDataConverter().FromPayloads(marker.GetDetails()["data"], &said) != nil {
		return
	}
	a := Activity{Type: said.ActivityType, State: Done, Attempts: max(1, said.Attempt), InLane: true, ScheduledAt: at, EndedAt: at}
	if failure := marker.GetFailure(); failure != nil {
		a.State, a.LastFailure = Failed, words(failure)
	}
	w.Activities = append(w.Activities, a)
}

func (w *worked) of(scheduled int64) *Activity {
	if i, known := w.byEvent[scheduled]; known {
		return &w.Activities[i]
	}
	return nil
}

func (w *worked) end(scheduled int64, as State, at time.Time, failure *failurepb.Failure) {
	if a := w.of(scheduled); a != nil {
		a.State, a.EndedAt, a.LastFailure = as, at, cmp.Or(words(failure), a.LastFailure)
	}
}

// pending tells of attempts that no history holds before the last one ends.
func (w *worked) pending(p *workflowpb.PendingActivityInfo) {
	i, known := w.byID[p.GetActivityId()]
	if !known || w.Activities[i].State != Scheduled { // it ended between the two reads
		return
	}
	a := &w.Activities[i]
	a.LastFailure = words(p.GetLastFailure())
	switch {
	case p.GetState() != enumspb.PENDING_ACTIVITY_STATE_SCHEDULED:
		a.State, a.Attempts = Running, int(p.GetAttempt())
	case p.GetAttempt() > 1:
		a.State, a.Attempts, a.NextAt = Waiting, int(p.GetAttempt())-1, p.GetNextAttemptScheduleTime().AsTime()
	}
}

// words are those of a failure and of its causes, in one line.
func words(failure *failurepb.Failure) string {
	var said []string
	for ; failure != nil; failure = failure.GetCause() {
		text := strings.Join(strings.Fields(failure.GetMessage()), " ")
		if text != "" && (len(said) == 0 || !strings.Contains(said[len(said)-1], text)) {
			said = append(said, text)
		}
	}
	return strings.Join(said, ": ")
}
