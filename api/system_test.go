package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"makegood/api"
	"makegood/events"
	"makegood/events/redisstream"
)

func TestTheSystemTellsOfTheBreakersOfItsProcess(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	nowhere, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(nowhere.Close)
	registry := prometheus.NewRegistry()
	server, err := api.New(nowhere, nil, nil, api.Config{Registry: registry, Log: quiet})
	require.NoError(t, err)
	breakers := func() []api.Breaker {
		answer := send(server, http.MethodGet, "/v1/system", "")
		require.Equal(t, http.StatusOK, answer.Code)
		var said api.System
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &said))
		return said.Breakers
	}
	require.Empty(t, breakers())

	away := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { _ = away.Close() })
	broker, err := redisstream.NewPublisher(away, redisstream.Config{Namespace: "test", Log: quiet})
	require.NoError(t, err)
	t.Cleanup(func() { _ = broker.Close() })
	publisher := events.Guard(broker, events.Breaker{Failures: 1, Metrics: events.NewMetrics(registry), Log: quiet})
	require.Equal(t, []api.Breaker{{Name: "broker", State: "closed"}}, breakers())
	require.ErrorIs(t, publisher.Publish(context.Background(), []events.Event{{ID: "e1"}}), events.ErrBrokerDown)
	require.Equal(t, []api.Breaker{{Name: "broker", State: "open"}}, breakers())
}

// queues is a Temporal that names who has polled for orders.
type queues struct {
	visibility
	service polled
}

func (q *queues) WorkflowService() workflowservice.WorkflowServiceClient { return &q.service }

type polled struct {
	workflowservice.WorkflowServiceClient
	ago map[string]time.Duration
}

func (q *polled) DescribeTaskQueue(context.Context, *workflowservice.DescribeTaskQueueRequest, ...grpc.CallOption) (*workflowservice.DescribeTaskQueueResponse, error) {
	said := &workflowservice.DescribeTaskQueueResponse{Stats: &taskqueuepb.TaskQueueStats{ApproximateBacklogCount: 5}}
	for identity, ago := range q.ago {
		said.Pollers = append(said.Pollers, &taskqueuepb.PollerInfo{Identity: identity, LastAccessTime: timestamppb.New(time.Now().Add(-ago))})
	}
	return said, nil
}

// Temporal names those that polled within five minutes.
func TestAWorkerThatAsksNoMoreIsNotCounted(t *testing.T) {
	temporal := &queues{service: polled{ago: map[string]time.Duration{"live": time.Second, "between two polls": 60 * time.Second, "dead": 80 * time.Second}}}
	server, err := api.New(temporal, nil, nil, api.Config{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	var said api.System
	require.NoError(t, json.Unmarshal(send(server, http.MethodGet, "/v1/system", "").Body.Bytes(), &said))
	require.Equal(t, &api.OrderQueue{Workers: 2, Waiting: 10}, said.Orders)
}
