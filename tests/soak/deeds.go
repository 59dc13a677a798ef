package soak

import (
	"context"
	"errors"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

// do does a deed, until it is answered. Buttons of the Web UI are pressed past
// the links.
func (r *run) do(ctx context.Context, s *sale, deed Deed) {
	s.note("somebody %s", deed.Act)
	temporal, id := r.system.Temporal, string(s.ID)
	var err error
	switch deed.Act {
	case PostAgain:
		if err = r.post(ctx, s, 0); err != nil {
			s.blame("the same POST again is not taken: %v", err)
		}
	case Cancel:
		err = insist(ctx, refused, func(ctx context.Context) error {
			_, err := r.system.API.Cancel(ctx, s.ID)
			return err
		})
		if err != nil && !refused(err) {
			s.blame("the cancel was never answered: %v", err)
		}
	case CancelUI:
		err = insist(ctx, closed, func(ctx context.Context) error { return temporal.CancelWorkflow(ctx, id, "") })
	case Terminate:
		err = insist(ctx, closed, func(ctx context.Context) error { return temporal.TerminateWorkflow(ctx, id, "", "soak") })
	case Reset:
		err = r.reset(ctx, s, deed.Point)
	}
	if err != nil {
		s.note("to somebody who %s: %v", deed.Act, err)
	}
	if err != nil && (deed.Act == CancelUI || deed.Act == Terminate) && !closed(err) {
		s.blame("Temporal refuses to somebody who %s: %v", deed.Act, err)
	}
}

// closed tells that the workflow has ended: nobody can take it back any more.
func closed(err error) bool { return errors.As(err, new(*serviceerror.NotFound)) }

// reset sends the order's workflow back to one of its tasks, whether it runs
// or has ended.
func (r *run) reset(ctx context.Context, s *sale, point float64) error {
	past, err := r.system.History(ctx, s.ID)
	if err != nil {
		return err
	}
	var tasks []int64
	for _, event := range past.GetEvents() {
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			tasks = append(tasks, event.GetEventId())
		}
	}
	if len(tasks) == 0 {
		return errors.New("no workflow task has completed yet")
	}
	_, err = r.system.Temporal.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace:                 r.system.Namespace,
		WorkflowExecution:         &commonpb.WorkflowExecution{WorkflowId: string(s.ID)},
		Reason:                    "soak",
		WorkflowTaskFinishEventId: tasks[int(point*float64(len(tasks)))],
		RequestId:                 s.Key,
	})
	return err
}
