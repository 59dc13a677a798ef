package history

import (
	"cmp"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"

	"makegood/order"
	"makegood/workflows"
)

// hear takes one event of the history and tells whether it said anything.
func (r *Recorded) hear(event *historypb.HistoryEvent) (bool, error) {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		return true, r.begin(event.GetWorkflowExecutionStartedEventAttributes())
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		r.base = cmp.Or(resetFrom(event), r.base)
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
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		r.Closed = true
		return true, nil
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		r.Closed, r.Broken = true, true
		return true, nil
	}
	return false, nil
}

func (r *Recorded) begin(started *historypb.WorkflowExecutionStartedEventAttributes) error {
	r.run = started.GetOriginalExecutionRunId()
	decode := converter.GetDefaultDataConverter().FromPayloads
	if started.GetWorkflowType().GetName() != workflows.UnwindWorkflow {
		return decode(started.GetInput(), &r.Order)
	}
	var in workflows.Unwinding
	if err := decode(started.GetInput(), &in); err != nil {
		return err
	}
	r.Order, r.Outcomes = in.Order, in.Outcomes
	return nil
}

// add takes a fact, or those of the run before a reset, out of a payload that
// holds one. The first fact after a reset waits for those before it.
func (r *Recorded) add(payloads *commonpb.Payloads) bool {
	if len(payloads.GetPayloads()) == 0 {
		return false
	}
	var said struct {
		order.Fact
		workflows.Recalled
	}
	if converter.GetDefaultDataConverter().FromPayloads(payloads, &said) != nil {
		return false
	}
	switch {
	case said.Outcomes != nil:
		r.Outcomes = order.Merge(said.Outcomes, append(r.Outcomes, r.held...))
		r.held = nil
		return true
	case said.Step == "":
		return false
	case said.Run != "" && said.Run != r.run:
		r.run = said.Run
		r.held = append(r.held, said.Outcome)
		return false
	case r.held != nil:
		r.held = append(r.held, said.Outcome)
		return false
	default:
		r.Outcomes = append(r.Outcomes, said.Outcome)
		return true
	}
}

func (r *Recorded) addRefusal(failure *failurepb.Failure) bool {
	refused := failure.GetApplicationFailureInfo()
	return refused.GetNonRetryable() && r.add(refused.GetDetails())
}
