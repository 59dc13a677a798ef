package api_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"makegood/api"
)

// first is how many orders a new gateway lets through at once, and twice as
// many may wait without one being refused.
const first = 32

// crowded is a gateway whose orders' starts a test answers, on the test's own
// clock: nobody moves while it looks.
type crowded struct {
	*api.Server
	server  *starts
	answers chan *httptest.ResponseRecorder
	clients context.Context // of every order
	hangUp  context.CancelFunc
}

// starts is a Temporal that takes nothing but starts.
type starts struct {
	client.Client
	asked atomic.Int64
	held  chan struct{} // a start is answered once it can receive; nil means after a moment
	fails error
	// described is why nobody can say how an order stands.
	described error
	// history is every order's; nil if nobody may ask for it.
	history client.HistoryEventIterator
}

// moment is what an answer takes that nobody holds up.
const moment = 10 * time.Millisecond

// CountWorkflow is what a scrape asks for.
func (*starts) CountWorkflow(context.Context, *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	return nil, errors.New("it counts nothing")
}

func (s *starts) ExecuteWorkflow(ctx context.Context, _ client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	n := s.asked.Add(1)
	held := s.held
	if held == nil {
		after := make(chan struct{})
		time.AfterFunc(moment, func() { close(after) })
		held = after
	}
	select {
	case <-held:
	case <-ctx.Done():
		return nil, serviceerror.NewDeadlineExceeded("held up")
	}
	if s.fails != nil {
		return nil, s.fails
	}
	return run{id: fmt.Sprint("run ", n)}, nil
}

func (s *starts) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return nil, cmp.Or(s.described, errors.New("asked how the order stands"))
}

func (s *starts) GetWorkflowHistory(context.Context, string, string, bool, enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	if s.history == nil {
		panic("asked for a history")
	}
	return s.history
}

type run struct {
	client.WorkflowRun
	id string
}

func (r run) GetRunID() string { return r.id }

func crowd(t *testing.T, server *starts, change func(*api.Config)) crowded {
	t.Helper()
	config := api.Config{Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&config)
	}
	gateway, err := api.New(server, nil, nil, config)
	require.NoError(t, err)
	c := crowded{Server: gateway, server: server, answers: make(chan *httptest.ResponseRecorder, 1000)}
	c.clients, c.hangUp = context.WithCancel(t.Context())
	return c
}

// post sends an order and returns once it stands still.
func (c crowded) post(headers ...string) {
	placing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.ServeHTTP(w, r.WithContext(c.clients)) })
	go func() { c.answers <- send(placing, http.MethodPost, "/v1/orders", soundBody, headers...) }()
	synctest.Wait()
}

// nobody connects to it.
type nobody struct{ closed chan struct{} }

func (n nobody) Accept() (net.Conn, error) {
	<-n.closed
	return nil, net.ErrClosed
}

func (nobody) Addr() net.Addr { return &net.TCPAddr{} }

func (n nobody) Close() error {
	close(n.closed)
	return nil
}

// answered is every answer since the last call.
func (c crowded) answered() (all []*httptest.ResponseRecorder) {
	for len(c.answers) > 0 {
		all = append(all, <-c.answers)
	}
	return all
}

func (c crowded) requireMetric(t *testing.T, name string, want int) {
	t.Helper()
	require.Contains(t, send(c, http.MethodGet, "/metrics", "").Body.String(), fmt.Sprintf("\n%s %d\n", name, want))
}
