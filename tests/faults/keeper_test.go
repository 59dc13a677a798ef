package faults_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/proxy"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// keeper stands between a worker and Temporal. It can keep to itself what
// workflow tasks came to, and tells which updates they had accepted.
type keeper struct {
	Address string

	mu      sync.Mutex
	keeping bool
	kept    map[string]bool // the ids of accepted updates
}

func newKeeper(t *testing.T, temporal string) *keeper {
	t.Helper()
	conn, err := grpc.NewClient(temporal, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	forward, err := proxy.NewWorkflowServiceProxyServer(proxy.WorkflowServiceProxyOptions{Client: workflowservice.NewWorkflowServiceClient(conn)})
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	k := &keeper{Address: listener.Addr().String()}
	server := grpc.NewServer(grpc.UnaryInterceptor(k.intercept))
	workflowservice.RegisterWorkflowServiceServer(server, forward)
	serves := health.NewServer()
	serves.SetServingStatus(workflowservice.WorkflowService_ServiceDesc.ServiceName, healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, serves)
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-serving)
	})
	return k
}

// keep lets no workflow task be completed from now on, until forget is called.
func (k *keeper) keep() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keeping, k.kept = true, map[string]bool{}
}

func (k *keeper) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keeping = false
}

func (k *keeper) has(update string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kept[update]
}

func (k *keeper) intercept(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if completed, ok := request.(*workflowservice.RespondWorkflowTaskCompletedRequest); ok && k.keeps(completed) {
		<-ctx.Done() // whoever asks is killed
		return nil, ctx.Err()
	}
	return handle(ctx, request)
}

func (k *keeper) keeps(completed *workflowservice.RespondWorkflowTaskCompletedRequest) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.keeping {
		return false
	}
	for _, message := range completed.GetMessages() {
		if message.GetBody().MessageIs(&updatepb.Acceptance{}) {
			k.kept[message.GetProtocolInstanceId()] = true
		}
	}
	return true
}
