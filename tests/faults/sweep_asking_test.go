package faults_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	temporal "go.temporal.io/sdk/client"

	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// ask sends the cancel until whoever asks is gone. Its answer is never wanted.
func (l *losses) ask(ctx context.Context, id order.ID) {
	_, _ = l.Temporal.UpdateWorkflow(ctx, temporal.UpdateWorkflowOptions{
		WorkflowID: string(id), UpdateID: cancelID(id), UpdateName: workflows.CancelUpdate,
		WaitForStage: temporal.WorkflowUpdateStageCompleted,
	})
}

func cancelID(id order.ID) string { return "cancel-" + string(id) }

// askGateway asks again while the gateway has no answer.
func (l *losses) askGateway(ctx context.Context, id order.ID) {
	err := harness.Await(ctx, time.Minute, func(ctx context.Context) error {
		_, err := l.API.Cancel(ctx, id)
		return err
	})
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.answered[id] = true
	}
}

func (l *losses) isAnswered(ids []order.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if !l.answered[id] {
			return fmt.Errorf("the cancel of %s is not answered", id)
		}
	}
	return nil
}

// admitted waits until the server holds the order's cancel for its next task.
func (l *losses) admitted(t *testing.T, id order.ID) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		answer, err := l.Temporal.WorkflowService().PollWorkflowExecutionUpdate(ctx, &workflowservice.PollWorkflowExecutionUpdateRequest{
			Namespace: l.Namespace, Identity: "a test", WaitPolicy: &updatepb.WaitPolicy{},
			UpdateRef: &updatepb.UpdateRef{UpdateId: cancelID(id), WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: string(id)}},
		})
		if err == nil && answer.GetStage() != enumspb.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED {
			err = fmt.Errorf("the cancel of %s is %s", id, answer.GetStage())
		}
		return err
	})
}

// working waits until each order has left its lane: nothing but its provider
// keeps it then.
func (l *losses) working(t *testing.T, ids []order.ID) {
	t.Helper()
	for _, id := range ids {
		harness.Eventually(t, func(ctx context.Context) error {
			history, err := l.History(ctx, id)
			if err == nil && len(completedTasks(history)) == 0 {
				err = fmt.Errorf("order %s has not left its lane", id)
			}
			return err
		})
	}
}

// accepted waits until a worker has accepted the orders' cancels, each in a
// task that it can't complete.
func (l *losses) accepted(t *testing.T, ids []order.ID) {
	t.Helper()
	for _, id := range ids {
		harness.Eventually(t, func(context.Context) error {
			if !l.keeper.has(cancelID(id)) {
				return fmt.Errorf("the cancel of %s is not accepted", id)
			}
			return nil
		})
	}
}
