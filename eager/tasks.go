// Package eager tells when the first task of an eagerly started workflow is
// over, and what the workflow returned if that was its end. Temporal hands such
// a task to the worker of the same client with the answer to the start, so a
// start is answered long before its work is done, and the SDK tells nobody when
// it is. This package sees it in what the client and its server say to each
// other. It changes nothing of that, and knows nothing of what the workflows do.
package eager

import (
	"context"
	"sync"
	"time"

	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// serverDefault is how long Temporal gives a workflow task whose start names
// no time.
const serverDefault = 10 * time.Second

// Task is a run's first task, which its start gave to the client's own worker.
type Task struct {
	// Over is closed once its worker has answered, well or not, or the time
	// that Temporal gives the task has passed.
	Over <-chan struct{}
	// Result is what the workflow returned, if the task ended it and the server
	// has recorded that; else nil. It may be read once the task is over.
	Result *commonpb.Payloads
}

// open is a task that is not over.
type open struct {
	*Task
	over chan struct{}
}

// Tasks are the eager tasks of one client that are not over yet. Make them with
// New; they are safe for concurrent use.
type Tasks struct {
	mu      sync.Mutex
	byToken map[string]open
	byRun   map[string]*Task // that nobody has asked for
}

// New returns the tasks of a client that has yet to be dialled, with Intercept.
func New() *Tasks {
	return &Tasks{byToken: map[string]open{}, byRun: map[string]*Task{}}
}

// Of returns the run's first task. It returns nil for a run whose start gave no
// task to the client's own worker, and for one that was asked for before.
func (t *Tasks) Of(runID string) *Task {
	t.mu.Lock()
	defer t.mu.Unlock()
	task := t.byRun[runID]
	delete(t.byRun, runID)
	return task
}

// Intercept goes into the client's ConnectionOptions.DialOptions, as
// grpc.WithUnaryInterceptor: that is the outermost, which sees a call once, with
// all its retries, and its final answer. It sees the answer to a start before
// the worker is given the task, so no task is over before it is known.
func (t *Tasks) Intercept(ctx context.Context, method string, request, answer any, c *grpc.ClientConn, call grpc.UnaryInvoker, options ...grpc.CallOption) error {
	err := call(ctx, method, request, answer, c, options...)
	switch request := request.(type) {
	case *workflowservice.StartWorkflowExecutionRequest:
		started, ok := answer.(*workflowservice.StartWorkflowExecutionResponse)
		if ok && err == nil && started.GetEagerWorkflowTask() != nil {
			t.begin(started.GetRunId(), string(started.GetEagerWorkflowTask().GetTaskToken()), request.GetWorkflowTaskTimeout().AsDuration())
		}
	case *workflowservice.RespondWorkflowTaskCompletedRequest:
		if err == nil {
			t.end(string(request.GetTaskToken()), resultOf(request.GetCommands()))
		} else {
			t.end(string(request.GetTaskToken()), nil)
		}
	case *workflowservice.RespondWorkflowTaskFailedRequest:
		t.end(string(request.GetTaskToken()), nil)
	}
	return err
}

// begin keeps the task for as long as Temporal waits for its worker. A worker
// that stops, or drops the task, never answers.
func (t *Tasks) begin(run, token string, within time.Duration) {
	if within <= 0 {
		within = serverDefault
	}
	over := make(chan struct{})
	task := &Task{Over: over}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byToken[token], t.byRun[run] = open{task, over}, task
	time.AfterFunc(within, func() {
		t.end(token, nil)
		t.Of(run)
	})
}

// end does nothing for a task that is over, or was never eager.
func (t *Tasks) end(token string, result *commonpb.Payloads) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if task, ok := t.byToken[token]; ok {
		delete(t.byToken, token)
		task.Result = result
		close(task.over)
	}
}

// resultOf is what the workflow returned, if it ended well.
func resultOf(commands []*commandpb.Command) *commonpb.Payloads {
	for _, command := range commands {
		if ended := command.GetCompleteWorkflowExecutionCommandAttributes(); ended != nil {
			return ended.GetResult()
		}
	}
	return nil
}
