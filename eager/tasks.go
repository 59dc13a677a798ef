// Package eager tells when the first task of an eagerly started workflow is
// over. Temporal hands such a task to the worker of the same client with the
// answer to the start, so a start is answered long before its work is done,
// and the SDK tells nobody when it is. This package sees it in what the client
// and its server say to each other. It changes nothing of that, and knows
// nothing of what the workflows do.
package eager

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// serverDefault is how long Temporal gives a workflow task whose start names
// no time.
const serverDefault = 10 * time.Second

// Tasks are the eager tasks of one client that are not over yet. Make them with
// New; they are safe for concurrent use.
type Tasks struct {
	mu      sync.Mutex
	byToken map[string]chan struct{} // that are not over
	byRun   map[string]chan struct{} // that nobody has asked for
}

// New returns the tasks of a client that has yet to be dialled, with Intercept.
func New() *Tasks {
	return &Tasks{byToken: map[string]chan struct{}{}, byRun: map[string]chan struct{}{}}
}

// Over returns a channel that is closed once the run's first task is over: its
// worker has answered, well or not, or the time that Temporal gives the task
// has passed. It returns nil for a run whose start gave no task to the client's
// own worker, and for one that was asked for before.
func (t *Tasks) Over(runID string) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	over := t.byRun[runID]
	delete(t.byRun, runID)
	return over
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
		t.end(string(request.GetTaskToken()))
	case *workflowservice.RespondWorkflowTaskFailedRequest:
		t.end(string(request.GetTaskToken()))
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
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byToken[token], t.byRun[run] = over, over
	time.AfterFunc(within, func() {
		t.end(token)
		t.Over(run)
	})
}

// end does nothing for a task that is over, or was never eager.
func (t *Tasks) end(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if over, open := t.byToken[token]; open {
		delete(t.byToken, token)
		close(over)
	}
}
