package faults_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sync/atomic"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// resetter resets orders, and counts them.
type resetter struct {
	*harness.System
	ended, open, again atomic.Int64
}

// closed resets an order that has ended to the task.
func (r *resetter) closed(ctx context.Context, j journey, task int) error {
	ended, err := r.ending(ctx, j, fmt.Sprint("ends, and is reset to task ", task))
	if err != nil || task >= len(ended.tasks) {
		return err
	}
	if err := resetTo(ctx, r.System, ended.id, ended.tasks[task]); err != nil {
		return err
	}
	r.ended.Add(1)
	return r.endsLike(ctx, j, ended.id, ended.o)
}

// unwound resets an order that was terminated and made good to its first task.
func (r *resetter) unwound(ctx context.Context, j journey, id order.ID) error {
	before, err := r.API.Get(ctx, id)
	if err != nil {
		return err
	}
	past, err := r.History(ctx, id)
	if err != nil {
		return err
	}
	tasks := completedTasks(past)
	if len(tasks) == 0 {
		return nil // there is nothing to reset to
	}
	if err := resetTo(ctx, r.System, id, tasks[0]); err != nil {
		return err
	}
	r.ended.Add(1)
	return r.endsLike(ctx, j, id, before)
}

// ending is an order that has gone its way to the end.
func (r *resetter) ending(ctx context.Context, j journey, key string) (ended rested, err error) {
	ended.journey = j
	if ended.id, err = j.place(ctx, r.System, key); err != nil {
		return ended, err
	}
	if err := j.accompany(ctx, r.System, ended.id); err != nil {
		return ended, err
	}
	if ended.o, err = r.API.Get(ctx, ended.id); err != nil {
		return ended, err
	}
	past, err := r.History(ctx, ended.id)
	ended.tasks = completedTasks(past)
	return ended, err
}

// onItsWay resets an order to the task as soon as it has taken task after.
func (r *resetter) onItsWay(ctx context.Context, j journey, after, task int) error {
	id, err := j.place(ctx, r.System, fmt.Sprint("is reset to task ", task, " after task ", after))
	if err != nil {
		return err
	}
	accompanied := make(chan error, 1)
	go func() { accompanied <- j.accompany(ctx, r.System, id) }()
	var tasks []int64
	events := r.Temporal.GetWorkflowHistory(ctx, string(id), "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for len(tasks) <= after && events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return err
		}
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			tasks = append(tasks, event.GetEventId())
		}
	}
	if len(tasks) > after {
		before, err := r.API.Get(ctx, id)
		if err != nil {
			return err
		}
		if err := resetTo(ctx, r.System, id, tasks[task]); err != nil {
			return err
		}
		if !before.Status.Final() {
			r.open.Add(1)
		}
	}
	if err := <-accompanied; err != nil {
		return err
	}
	if _, err := until(ctx, r.System, string(id), math.MaxInt64); err != nil {
		return err // its newest run, if the one that was reset had ended by then
	}
	o, err := r.API.Get(ctx, id)
	if err == nil && (o.Status != j.ends || o.Reason != j.reason) {
		err = fmt.Errorf("order %s, which %s, was reset to task %d after task %d and is %s: %s", id, j.name, task, after, o.Status, o.Reason)
	}
	return err
}

// rested is an order that has ended, and its workflow tasks.
type rested struct {
	journey
	id    order.ID
	o     client.Order
	tasks []int64
}

// twice resets orders that have ended to their last task and at once to another
// one, while no worker could take up what they had recorded.
func (r *resetter) twice(ctx context.Context, orders []rested) (err error) {
	if err := r.Worker.Freeze(); err != nil {
		return err
	}
	for i, o := range orders {
		last := len(o.tasks) - 1
		err = errors.Join(err, resetTo(ctx, r.System, o.id, o.tasks[last]), resetTo(ctx, r.System, o.id, o.tasks[i%last]))
	}
	if err := errors.Join(err, r.Worker.Thaw()); err != nil {
		return err
	}
	for _, o := range orders {
		r.again.Add(1)
		if err := r.endsLike(ctx, o.journey, o.id, o.o); err != nil {
			return err
		}
	}
	return nil
}

// endsLike waits until the order's newest run has ended, and compares.
func (r *resetter) endsLike(ctx context.Context, j journey, id order.ID, before client.Order) error {
	if _, err := until(ctx, r.System, string(id), math.MaxInt64); err != nil {
		return err
	}
	after, err := r.API.Get(ctx, id)
	if err == nil && !reflect.DeepEqual(before, after) {
		err = fmt.Errorf("order %s, which %s, was reset and is\n%+v\nafter it had been\n%+v", id, j.name, after, before)
	}
	return err
}

// resetTo presses the Web UI's button on the page of the latest run.
func resetTo(ctx context.Context, s *harness.System, id order.ID, task int64) error {
	return resetRun(ctx, s, id, "", task)
}

// resetRun presses it on the page of another run.
func resetRun(ctx context.Context, s *harness.System, id order.ID, run string, task int64) error {
	_, err := s.Temporal.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: s.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: string(id), RunId: run},
		WorkflowTaskFinishEventId: task, RequestId: rand.Text(), Reason: "by a test",
	})
	if err != nil {
		err = fmt.Errorf("reset %s to event %d: %w", id, task, err)
	}
	return err
}
