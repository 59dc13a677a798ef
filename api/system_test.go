package api_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

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
