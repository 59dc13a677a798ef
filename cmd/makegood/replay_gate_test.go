package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"
)

// library is a namespace of one history under many ids. It does what a server
// can't be made to do at will.
type library struct {
	client.Client
	pages [][]*workflowpb.WorkflowExecutionInfo
	book  *historypb.History
	slow  time.Duration    // to read one
	lost  map[string]error // by workflow id

	mu   sync.Mutex
	read map[string]int // by run id
}

func (l *library) CountWorkflow(context.Context, *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	count := 0
	for _, page := range l.pages {
		count += len(page)
	}
	return &workflowservice.CountWorkflowExecutionsResponse{Count: int64(count)}, nil
}

func (l *library) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	page, _ := strconv.Atoi(string(r.NextPageToken))
	answer := &workflowservice.ListWorkflowExecutionsResponse{Executions: l.pages[page]}
	if page+1 < len(l.pages) {
		answer.NextPageToken = []byte(strconv.Itoa(page + 1))
	}
	return answer, nil
}

func (l *library) GetWorkflowHistory(_ context.Context, id, run string, _ bool, _ enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	time.Sleep(l.slow)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.read[run]++
	return &pagesOf{events: proto.CloneOf(l.book).GetEvents(), err: l.lost[id]}
}

type pagesOf struct {
	events []*historypb.HistoryEvent
	err    error
}

func (p *pagesOf) HasNext() bool { return len(p.events) > 0 }

func (p *pagesOf) Next() (*historypb.HistoryEvent, error) {
	if p.err != nil {
		return nil, p.err
	}
	next := p.events[0]
	p.events = p.events[1:]
	return next, nil
}

func listed(id string, status enumspb.WorkflowExecutionStatus) *workflowpb.WorkflowExecutionInfo {
	return &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: "run of " + id}, Status: status}
}

func newGate(t *testing.T, out io.Writer, pages ...[]*workflowpb.WorkflowExecutionInfo) (*replayGate, *library) {
	t.Helper()
	file, err := os.Open("../../tests/replay/histories/shipped.json")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	book, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	require.NoError(t, err)
	l := &library{pages: pages, book: book, lost: map[string]error{}, read: map[string]int{}}
	return &replayGate{temporal: l, out: out, progress: io.Discard, open: map[string]bool{}}, l
}

const (
	isOpen   = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	isClosed = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
)

func TestReplayReadsEveryPage(t *testing.T) {
	var out strings.Builder
	gate, _ := newGate(t, &out,
		[]*workflowpb.WorkflowExecutionInfo{listed("a", isOpen), listed("b", isClosed)},
		nil,
		[]*workflowpb.WorkflowExecutionInfo{listed("c", isClosed)})
	found, err := gate.run(t.Context())
	require.NoError(t, err)
	require.NoError(t, gate.summarize(found))
	require.Equal(t, "histories: 3 replay, 1 of them open\n", out.String())
}

func TestReplayReadsAnOrderOnceThatClosesMeanwhile(t *testing.T) {
	gate, l := newGate(t, io.Discard,
		[]*workflowpb.WorkflowExecutionInfo{listed("a", isOpen)},
		[]*workflowpb.WorkflowExecutionInfo{listed("a", isClosed), listed("b", isClosed)})
	found, err := gate.run(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, found.Replayed)
	require.Equal(t, map[string]int{"run of a": 1, "run of b": 1}, l.read)
}

func TestReplayCountsWhatRetentionDeletedMeanwhile(t *testing.T) {
	var out strings.Builder
	gate, l := newGate(t, &out, []*workflowpb.WorkflowExecutionInfo{listed("a", isClosed), listed("b", isClosed)})
	l.lost["a"] = serviceerror.NewNotFound("deleted")
	found, err := gate.run(t.Context())
	require.NoError(t, err)
	require.NoError(t, gate.summarize(found))
	require.Equal(t, "histories: 1 replay, 0 of them open, 1 went with their retention meanwhile\n", out.String())
}

// A gate that could not look is no gate that let through.
func TestReplayFailsOnAHistoryThatCannotBeRead(t *testing.T) {
	gate, l := newGate(t, io.Discard, []*workflowpb.WorkflowExecutionInfo{listed("a", isClosed), listed("b", isClosed)})
	l.lost["b"] = errors.New("connection refused")
	_, err := gate.run(t.Context())
	require.EqualError(t, err, "read history of b: connection refused")
}

func TestReplayOfNothingSaysSo(t *testing.T) {
	var out strings.Builder
	gate, _ := newGate(t, &out, nil)
	found, err := gate.run(t.Context())
	require.NoError(t, err)
	require.NoError(t, gate.summarize(found))
	require.Equal(t, "no history was found, so nothing was checked\n", out.String())
}

func TestReplayShowsEachSecondHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // time passes at once when all wait
		var said strings.Builder
		var page []*workflowpb.WorkflowExecutionInfo
		for i := range 2 * replayAtOnce {
			page = append(page, listed(strconv.Itoa(i), isClosed))
		}
		gate, l := newGate(t, io.Discard, page)
		gate.progress, l.slow = &said, 1400*time.Millisecond
		_, err := gate.run(t.Context())
		require.NoError(t, err)
		require.Equal(t, "replayed 0 of 32 histories, 0 would break\nreplayed 16 of 32 histories, 0 would break\n", said.String())
	})
}
