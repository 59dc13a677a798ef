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
	"makegood/inventory"
	"makegood/order"
)

func TestRoutesThatAreNotThereAnswerProblems(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	for _, path := range []string{"/v2", "/v1/orders/", "/v1/orders/ord_1/nothing", "/v1/stock", "/problems/nothing"} {
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

func TestQueriesOfTheListAreRefusedByTheirName(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	for field, query := range map[string]string{
		"status": "status=lost", "limit": "limit=0", "cursor": "cursor=%2B%2B",
		"customer_id": "customer_id=" + strings.Repeat("c", 256),
	} {
		answer := send(server, http.MethodGet, "/v1/orders?"+query, "")
		require.Equal(t, http.StatusUnprocessableEntity, answer.Code, query)
		require.Equal(t, field, problemOf(t, answer).Errors[0].Field)
	}
	for query, want := range map[string]api.FieldProblem{
		"statuz=placed":                {Field: "statuz", Message: "is not known"},
		"Status=placed":                {Field: "Status", Message: "is not known"},
		"Idempotency-Key=k":            {Field: "Idempotency-Key", Message: "is not known"},
		"=placed":                      {Field: `""`, Message: "is not known"},
		"status=placed&status=charged": {Field: "status", Message: "must be given once"},
		"limit=1&limit=":               {Field: "limit", Message: "must be given once"},
		"customer_id=%zz":              {Field: "query", Message: "must be name=value pairs, percent-encoded and parted by &"},
		"limit=1;status=placed":        {Field: "query", Message: "must be name=value pairs, percent-encoded and parted by &"},
	} {
		answer := send(server, http.MethodGet, "/v1/orders?"+query, "")
		require.Equal(t, http.StatusUnprocessableEntity, answer.Code, query)
		require.Equal(t, []api.FieldProblem{want}, problemOf(t, answer).Errors, query)
	}
	for _, limit := range []string{"101", "-1", "ten", "1e1"} {
		answer := send(server, http.MethodGet, "/v1/orders?limit="+limit, "")
		require.Equal(t, http.StatusUnprocessableEntity, answer.Code, limit)
		require.Equal(t, "limit", problemOf(t, answer).Errors[0].Field)
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
	require.Contains(t, log.String(), `"route":"/v1/orders"`)
	require.Contains(t, log.String(), `"code":409`)
	require.Contains(t, log.String(), `"request_id":"shop-1"`)
	for _, private := range []string{"Ada", "ada@", "Main St", "cus_42", "203.0.113.7"} {
		require.NotContains(t, log.String(), private)
	}
}

func TestTrustedProxiesMustBeNetworks(t *testing.T) {
	_, err := api.New(nil, nil, api.Config{TrustedProxies: []string{"everyone"}})
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

func TestStockIsSetReadAndAdjusted(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	call := func(code int, method, path, body string, headers ...string) inventory.Level {
		t.Helper()
		answer := send(server, method, path, body, headers...)
		require.Equal(t, code, answer.Code, answer.Body.String())
		if code != http.StatusOK {
			problemOf(t, answer)
			return inventory.Level{}
		}
		var level inventory.Level
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &level))
		return level
	}
	const mug = "/v1/stock/MUG-BLUE"
	call(404, http.MethodGet, mug, "")
	call(404, http.MethodPost, mug+"/adjust", `{"delta":-1}`)
	ten := inventory.Level{SKU: "MUG-BLUE", OnHand: 10, Available: 10}
	require.Equal(t, ten, call(200, http.MethodPut, mug, `{"on_hand":10}`))
	require.Equal(t, ten, call(200, http.MethodGet, mug, ""))

	twelve := inventory.Level{SKU: "MUG-BLUE", OnHand: 12, Available: 12}
	require.Equal(t, twelve, call(200, http.MethodPost, mug+"/adjust", `{"delta":2,"reason":"delivery"}`, "Idempotency-Key", "d1"))
	require.Equal(t, twelve, call(200, http.MethodPost, mug+"/adjust", `{"delta":2,"reason":"delivery"}`, "Idempotency-Key", "d1"), "a retry adds nothing")
	call(422, http.MethodPost, mug+"/adjust", `{"delta":3,"reason":"delivery"}`, "Idempotency-Key", "d1")
	require.EqualValues(t, 13, call(200, http.MethodPost, mug+"/adjust", `{"delta":1}`).OnHand)
	require.EqualValues(t, 14, call(200, http.MethodPost, mug+"/adjust", `{"delta":1}`).OnHand, "without a key each call is new")

	call(422, http.MethodPut, mug, `{"on_hand":-1}`)
	call(422, http.MethodPut, mug, `{"on_hand":9007199254740992}`)
	call(422, http.MethodPut, "/v1/stock/MUG%20BLUE", `{"on_hand":1}`)
	call(422, http.MethodPut, mug, `{}`)
	taken := send(server, http.MethodPost, mug+"/adjust", `{"delta":-15}`)
	require.Equal(t, http.StatusConflict, taken.Code)
	require.Equal(t, "/problems/below_zero", problemOf(t, taken).Type)
	slash := send(server, http.MethodGet, "/v1/stock/a%2Fb", "")
	require.Equal(t, http.StatusUnprocessableEntity, slash.Code)
	require.Equal(t, "sku", problemOf(t, slash).Errors[0].Field)
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
		"/v1/orders/{id}/cancel": {"post"}, "/v1/orders/{id}/settle": {"post"}, "/v1/stock/{sku}": {"get", "put"}, "/v1/stock/{sku}/adjust": {"post"},
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

// The status filter's words stand in a tag, where no constant can.
func TestTheListTakesEveryStatus(t *testing.T) {
	answer := send(gateway(t, slog.DiscardHandler), http.MethodGet, "/openapi.json", "")
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name   string
				Schema struct{ Enum []order.Status }
			}
		}
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &document))
	for _, parameter := range document.Paths["/v1/orders"]["get"].Parameters {
		if parameter.Name == "status" {
			require.ElementsMatch(t, order.Statuses, parameter.Schema.Enum)
			return
		}
	}
	t.Fatal("the list has no status")
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
