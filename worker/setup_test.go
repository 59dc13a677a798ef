package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"makegood/worker"
)

func TestTheRetentionIsReadAndRaised(t *testing.T) {
	const day = 24 * time.Hour
	denied := serviceerror.NewPermissionDenied("no", "")
	down := serviceerror.NewUnavailable("down")
	tests := []struct {
		name       string
		server     server
		read, set  time.Duration // what RetentionOf and SetUp return
		note       string
		readFails  string
		setUpFails string
		raisedTo   []time.Duration
	}{
		{name: "long enough, it is left alone", server: server{keeps: 8 * day}, read: 8 * day, set: 8 * day},
		{name: "too short, it is raised", server: server{keeps: day}, read: day, set: worker.Retention,
			note: "raised the retention of namespace orders from 1 days to 30 days", raisedTo: []time.Duration{worker.Retention}},
		{name: "too short and not to be raised, it is named", server: server{keeps: day, updateFails: denied}, read: day, set: day,
			note: "not allowed to raise the retention of namespace orders from 1 days: it must be at least 7 days"},
		{name: "not to be read, it is taken to be what set-up would make it", server: server{describeFails: denied}, read: worker.Retention, set: worker.Retention,
			note: "not allowed to read the retention of namespace orders: it must be at least 7 days"},
		{name: "a server that is down is an error", server: server{describeFails: down},
			readFails: "read the retention of namespace orders: down", setUpFails: "see to the retention of namespace orders: down"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &namespaced{server: &test.server}
			read, err := worker.RetentionOf(t.Context(), c, "orders")
			requireError(t, err, test.readFails)
			require.Equal(t, test.read, read)
			require.Empty(t, test.server.raised, "reading changes nothing")

			set, notes, err := worker.SetUp(t.Context(), c, "orders")
			requireError(t, err, test.setUpFails)
			require.Equal(t, test.set, set)
			if test.note == "" {
				require.Empty(t, notes)
			} else {
				require.Equal(t, []string{test.note}, notes)
			}
			require.Equal(t, test.raisedTo, test.server.raised)
		})
	}
}

func requireError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
		return
	}
	require.EqualError(t, err, want)
}

// namespaced is a client whose server is one namespace.
type namespaced struct {
	client.Client
	server *server
}

func (n *namespaced) WorkflowService() workflowservice.WorkflowServiceClient { return n.server }
func (n *namespaced) OperatorService() operatorservice.OperatorServiceClient { return attributes{} }

// attributes takes every search attribute.
type attributes struct {
	operatorservice.OperatorServiceClient
}

func (attributes) AddSearchAttributes(context.Context, *operatorservice.AddSearchAttributesRequest, ...grpc.CallOption) (*operatorservice.AddSearchAttributesResponse, error) {
	return nil, nil
}

// server keeps closed orders for as long as it says, and fails where told to.
type server struct {
	workflowservice.WorkflowServiceClient
	keeps                      time.Duration
	describeFails, updateFails error
	raised                     []time.Duration
}

func (s *server) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest, ...grpc.CallOption) (*workflowservice.DescribeNamespaceResponse, error) {
	if s.describeFails != nil {
		return nil, s.describeFails
	}
	return &workflowservice.DescribeNamespaceResponse{Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(s.keeps)}}, nil
}

func (s *server) UpdateNamespace(_ context.Context, in *workflowservice.UpdateNamespaceRequest, _ ...grpc.CallOption) (*workflowservice.UpdateNamespaceResponse, error) {
	if s.updateFails != nil {
		return nil, s.updateFails
	}
	s.raised = append(s.raised, in.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	return &workflowservice.UpdateNamespaceResponse{}, nil
}
