package eager_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"makegood/eager"
)

const within = 5 * time.Second

func TestATaskIsOverOnceItsWorkerHasAnswered(t *testing.T) {
	answers := []struct {
		name   string
		answer func(token string) any
		fails  error
	}{
		{"well", completed, nil},
		{"that it failed", failed, nil},
		{"to a server that takes no answer any more", completed, errors.New("the task was timed out")},
	}
	for _, a := range answers {
		t.Run(a.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tasks := eager.New()
				start(t, tasks, "run", "task")
				start(t, tasks, "other run", "other task")
				task := tasks.Of("run")
				require.NotNil(t, task)
				over := task.Over
				requireOpen(t, over)

				require.Equal(t, a.fails, call(tasks, a.answer("other task"), nil, a.fails))
				requireOpen(t, over)
				require.Equal(t, a.fails, call(tasks, a.answer("task"), nil, a.fails))
				requireClosed(t, over)
				require.Nil(t, tasks.Of("run"), "who asked has it")
			})
		})
	}
}

func TestATaskTellsWhatTheWorkflowReturned(t *testing.T) {
	result, err := converter.GetDefaultDataConverter().ToPayloads("completed")
	require.NoError(t, err)
	ending := &workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: []byte("task"), Commands: []*commandpb.Command{
		{CommandType: enumspb.COMMAND_TYPE_RECORD_MARKER},
		{
			CommandType: enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
			Attributes: &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{
				CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{Result: result},
			},
		},
	}}
	answers := []struct {
		name   string
		answer any
		fails  error
		want   *commonpb.Payloads
	}{
		{"at its end", ending, nil, result},
		{"and no more than the server has recorded", ending, errors.New("a cancel came first"), nil},
		{"and nothing while it goes on", completed("task"), nil, nil},
		{"and nothing of a task that failed", failed("task"), nil, nil},
	}
	for _, a := range answers {
		t.Run(a.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tasks := eager.New()
				start(t, tasks, "run", "task")
				task := tasks.Of("run")
				require.Equal(t, a.fails, call(tasks, a.answer, nil, a.fails))
				<-task.Over
				require.Equal(t, a.want, task.Result)
			})
		})
	}
}

// The gateway may be slower to ask than the worker is to work.
func TestATaskMayBeOverBeforeAnybodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := eager.New()
		start(t, tasks, "run", "task")
		require.NoError(t, call(tasks, completed("task"), nil, nil))
		task := tasks.Of("run")
		require.NotNil(t, task)
		requireClosed(t, task.Over)
	})
}

func TestATaskThatNobodyAnswersIsOverWhenItsTimeIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := eager.New()
		began := time.Now()
		start(t, tasks, "run", "task")
		start(t, tasks, "never asked for", "neither answered")
		<-tasks.Of("run").Over
		require.Equal(t, within, time.Since(began))
		synctest.Wait()
		require.Nil(t, tasks.Of("never asked for"), "it is forgotten")
		require.NoError(t, call(tasks, completed("task"), nil, nil), "a late answer goes its way")
	})
}

func TestAStartWithoutATimeHasTheServersDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := eager.New()
		began := time.Now()
		request := &workflowservice.StartWorkflowExecutionRequest{}
		require.NoError(t, call(tasks, request, answerWith("run", "task"), nil))
		<-tasks.Of("run").Over
		require.Equal(t, 10*time.Second, time.Since(began))
	})
}

func TestOnlyAStartThatGaveATaskHasOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tasks := eager.New()
		request := &workflowservice.StartWorkflowExecutionRequest{WorkflowTaskTimeout: durationpb.New(within)}
		notEager := &workflowservice.StartWorkflowExecutionResponse{RunId: "not eager"}
		require.NoError(t, call(tasks, request, notEager, nil))
		require.Nil(t, tasks.Of("not eager"))

		down := errors.New("down")
		require.Equal(t, down, call(tasks, request, answerWith("failed", "task"), down))
		require.Nil(t, tasks.Of("failed"))

		require.NoError(t, call(tasks, &workflowservice.DescribeNamespaceRequest{}, nil, nil))
		require.Nil(t, tasks.Of("never started"))
	})
}

// What is over holds no memory, asked for or not.
func TestNothingIsKeptOfATaskThatIsOver(t *testing.T) {
	tasks := eager.New()
	before := heap()
	synctest.Test(t, func(t *testing.T) {
		for i := range 20_000 {
			token := make([]byte, 1000)
			token[0], token[1] = byte(i), byte(i>>8)
			start(t, tasks, "run of "+string(token), string(token))
			if i%2 == 0 {
				require.NoError(t, call(tasks, completed(string(token)), nil, nil))
			}
		}
		time.Sleep(within)
		synctest.Wait()
	})
	// 40 MB while they were open; what is left is the maps' own size.
	require.Less(t, heap(), before+10<<20)
	runtime.KeepAlive(tasks)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// start has the server answer the start of a run with its first task.
func start(t *testing.T, tasks *eager.Tasks, run, token string) {
	t.Helper()
	request := &workflowservice.StartWorkflowExecutionRequest{WorkflowTaskTimeout: durationpb.New(within)}
	require.NoError(t, call(tasks, request, answerWith(run, token), nil))
}

func answerWith(run, token string) *workflowservice.StartWorkflowExecutionResponse {
	task := &workflowservice.PollWorkflowTaskQueueResponse{TaskToken: []byte(token)}
	return &workflowservice.StartWorkflowExecutionResponse{RunId: run, EagerWorkflowTask: task}
}

func completed(token string) any {
	return &workflowservice.RespondWorkflowTaskCompletedRequest{TaskToken: []byte(token)}
}

func failed(token string) any {
	return &workflowservice.RespondWorkflowTaskFailedRequest{TaskToken: []byte(token)}
}

// call is one of the client's, which the server answers so.
func call(tasks *eager.Tasks, request, answer any, err error) error {
	return tasks.Intercept(context.Background(), "", request, answer, nil,
		func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return err })
}

func requireOpen(t *testing.T, over <-chan struct{}) {
	t.Helper()
	select {
	case <-over:
		require.Fail(t, "it is not over")
	default:
	}
}

func requireClosed(t *testing.T, over <-chan struct{}) {
	t.Helper()
	select {
	case <-over:
	default:
		require.Fail(t, "it is over")
	}
}
