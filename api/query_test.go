package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api"
	"makegood/order"
)

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
	for _, path := range []string{"/v1/orders?customer_id", "/v1/events?customer_id", "/v1/dead-letters?consumer", "/v1/stock?cursor"} {
		_, name, _ := strings.Cut(path, "?")
		answer := send(server, http.MethodGet, path+"=%ff%fe", "")
		require.Equal(t, http.StatusUnprocessableEntity, answer.Code, path)
		require.Contains(t, problemOf(t, answer).Errors, api.FieldProblem{Field: name, Message: "must be UTF-8 text"}, path)
	}
	for _, limit := range []string{"101", "-1", "ten", "1e1"} {
		answer := send(server, http.MethodGet, "/v1/orders?limit="+limit, "")
		require.Equal(t, http.StatusUnprocessableEntity, answer.Code, limit)
		require.Equal(t, "limit", problemOf(t, answer).Errors[0].Field)
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

func TestAPathThatIsNoTextNamesNothing(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	for path, code := range map[string]int{
		"/v1/orders/%ff": http.StatusNotFound, "/v1/orders/%ff/attempts": http.StatusNotFound, "/v1/orders/%ff/events": http.StatusNotFound,
		"/v1/dead-letters/%ff": http.StatusNotFound, "/v1/stock/%ff": http.StatusUnprocessableEntity,
	} {
		require.Equal(t, code, send(server, http.MethodGet, path, "").Code, path)
	}
}
