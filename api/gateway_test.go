package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"makegood/api"
	"makegood/events/deadletters"
	"makegood/inventory"
)

const soundBody = `{"customer_id":"cus_42","email":"ada@example.com","currency":"EUR","payment_method":"pm_card_visa",
	"lines":[{"sku":"MUG-BLUE","quantity":2,"unit_price":1250}],
	"shipping_address":{"name":"Ada","line1":"1 Main St","city":"Berlin","postal_code":"10115","country":"DE"}}`

// gateway is one that reaches stock, and no Temporal: tests/api has what needs
// it. With admission on and nothing in stock, a sound order ends in a 409.
func gateway(t testing.TB, log slog.Handler) *api.Server {
	t.Helper()
	server, _ := gatewayAndStock(t, log)
	return server
}

func gatewayAndStock(t testing.TB, log slog.Handler) (*api.Server, *inventory.Stock) {
	t.Helper()
	temporal, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	redisClient := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = redisClient.Close() })
	stock := inventory.New(redisClient, inventory.Config{})
	server, err := api.New(temporal, stock, deadletters.New(redisClient, deadletters.Config{Log: slog.New(log)}), api.Config{Admission: true, Log: slog.New(log)})
	require.NoError(t, err)
	return server, stock
}

func send(server http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	if request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, request)
	return answer
}

func problemOf(t testing.TB, answer *httptest.ResponseRecorder) api.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", answer.Header().Get("Content-Type"), answer.Body.String())
	var p api.Problem
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &p))
	require.Equal(t, answer.Code, p.Status)
	require.Equal(t, answer.Header().Get("X-Request-Id"), p.RequestID)
	require.NotEmpty(t, p.Title)
	return p
}
