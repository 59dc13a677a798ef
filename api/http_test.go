package api_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api"
	"makegood/order"
)

func TestRoutesThatAreNotThereAnswerProblems(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	for _, path := range []string{"/v2", "/v1/orders/", "/v1/orders/ord_1/nothing", "/v1/stock/", "/problems/nothing"} {
		answer := send(server, http.MethodGet, path, "")
		require.Equal(t, http.StatusNotFound, answer.Code, path)
		require.Equal(t, "/problems/not_found", problemOf(t, answer).Type)
	}
	answer := send(server, http.MethodDelete, "/v1/orders", "")
	require.Equal(t, http.StatusMethodNotAllowed, answer.Code)
	require.Equal(t, "/problems/method_not_allowed", problemOf(t, answer).Type)
	require.ElementsMatch(t, []string{"GET", "POST"}, strings.Split(answer.Header().Get("Allow"), ", "))
}

func TestAnIDThatNoOrderCanHaveIsNotFoundWithoutAskingTemporal(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	for _, id := range []string{"1", "ord_", "unwind", strings.Repeat("x", 5000), "ord_%27%20OR%20%271", "%00", "a%2Fb"} {
		for _, call := range []string{"GET /v1/orders/%s", "GET /v1/orders/%s/events", "POST /v1/orders/%s/cancel"} {
			method, path, _ := strings.Cut(strings.Replace(call, "%s", id, 1), " ")
			answer := send(server, method, path, "")
			require.Equal(t, http.StatusNotFound, answer.Code, path)
			problemOf(t, answer)
		}
	}
}

func TestARequestIDIsTakenOverOrMade(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	require.Equal(t, "shop-1.42", send(server, http.MethodGet, "/healthz", "", "X-Request-Id", "shop-1.42").Header().Get("X-Request-Id"))
	for _, bad := range []string{"", "a b", strings.Repeat("x", 129), "ä"} {
		made := send(server, http.MethodGet, "/healthz", "", "X-Request-Id", bad).Header().Get("X-Request-Id")
		require.Regexp(t, "^[A-Z2-7]{26}$", made)
	}
}

func TestTheLogHoldsNoPersonalData(t *testing.T) {
	var log bytes.Buffer
	server := gateway(t, slog.NewJSONHandler(&log, nil))
	send(server, http.MethodPost, "/v1/orders", soundBody, "X-Request-Id", "shop-1", "X-Forwarded-For", "203.0.113.7")
	send(server, http.MethodGet, "/v1/orders?customer_id=cus_42&limit=0", "")
	send(server, http.MethodGet, "/v1/orders/Ada", "")
	require.Contains(t, log.String(), `"route":"/v1/orders/:id"`)
	require.Contains(t, log.String(), `"route":"/v1/orders"`)
	require.Contains(t, log.String(), `"code":409`)
	require.Contains(t, log.String(), `"request_id":"shop-1"`)
	for _, private := range []string{"Ada", "ada@", "Main St", "cus_42", "203.0.113.7"} {
		require.NotContains(t, log.String(), private)
	}
}

func TestTrustedProxiesMustBeNetworks(t *testing.T) {
	_, err := api.New(nil, nil, nil, api.Config{TrustedProxies: []string{"everyone"}})
	require.ErrorContains(t, err, "TRUSTED_PROXIES")
}

func TestSoldOutOrdersAreRefusedNamingEachShortSKU(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	require.Equal(t, http.StatusOK, send(server, http.MethodPut, "/v1/stock/MUG-BLUE", `{"on_hand":1}`).Code)
	answer := send(server, http.MethodPost, "/v1/orders", soundBody)
	require.Equal(t, http.StatusConflict, answer.Code)
	p := problemOf(t, answer)
	require.Equal(t, "/problems/out_of_stock", p.Type)
	require.Equal(t, []order.Shortage{{SKU: "MUG-BLUE", Asked: 2, Available: 1}}, p.Shortages)
}

func TestTheDocumentNamesEveryOperationAndItsProblems(t *testing.T) {
	answer := send(gateway(t, slog.DiscardHandler), http.MethodGet, "/openapi.json", "")
	require.Equal(t, http.StatusOK, answer.Code)
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Summary   string
			Responses map[string]struct{ Content map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &document))
	require.Regexp(t, "^3.1", document.OpenAPI)
	for path, methods := range map[string][]string{
		"/v1/orders": {"get", "post"}, "/v1/orders/{id}": {"get"}, "/v1/orders/{id}/events": {"get"},
		"/v1/orders/{id}/cancel": {"post"}, "/v1/orders/{id}/settle": {"post"}, "/v1/stock": {"get"}, "/v1/stock/{sku}": {"get", "put"}, "/v1/stock/{sku}/adjust": {"post"},
		"/schemas": {"get"}, "/schemas/{type}/{version}": {"get"}, "/asyncapi.json": {"get"},
		"/v1/dead-letters": {"get"}, "/v1/dead-letters/{id}": {"get"}, "/v1/dead-letters/{id}/redrive": {"post"}, "/v1/dead-letters/redrive": {"post"}, "/v1/dead-letters/{id}/discard": {"post"},
	} {
		for _, method := range methods {
			operation := document.Paths[path][method]
			require.NotEmpty(t, operation.Summary, path)
			for status, response := range operation.Responses {
				if status >= "400" {
					require.Contains(t, response.Content, "application/problem+json", path+" "+status)
				}
			}
		}
	}
}

func TestHeadIsAnsweredAsGet(t *testing.T) {
	server := httptest.NewServer(gateway(t, slog.DiscardHandler))
	defer server.Close()
	response, err := http.Head(server.URL + "/healthz")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusOK, response.StatusCode)
}

func TestReadinessFailsWithoutTemporalAndPagesStillAnswer(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	answer := send(server, http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.Contains(t, answer.Body.String(), `"name":"temporal","status":"failed"`)
	for _, page := range [][2]string{
		{"/", "/docs"}, {"/docs", "/openapi.json"}, {"/healthz", `"ok"`}, {"/problems/validation", `"status":422`},
		{"/metrics", `makegood_http_request_duration_seconds_count{code="200",method="GET",route="/healthz"} 1`},
	} {
		answer := send(server, http.MethodGet, page[0], "")
		require.Equal(t, http.StatusOK, answer.Code, page[0])
		require.Contains(t, answer.Body.String(), page[1])
	}
}
