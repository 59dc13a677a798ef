package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api"
	"makegood/events/contracts"
)

func TestEachSchemaIsServedUnderThePathOfItsDataschema(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	for _, c := range contracts.All() {
		id, err := url.Parse(c.URI())
		require.NoError(t, err)
		answer := send(server, http.MethodGet, id.Path, "")
		require.Equal(t, http.StatusOK, answer.Code, id.Path)
		require.Equal(t, "application/schema+json", answer.Header().Get("Content-Type"))
		require.Equal(t, "public, max-age=3600", answer.Header().Get("Cache-Control"))
		require.Equal(t, string(c.Schema), answer.Body.String())

		etag := answer.Header().Get("ETag")
		require.Regexp(t, `^"[0-9a-f]{32}"$`, etag)
		again := send(server, http.MethodGet, id.Path, "", "If-None-Match", etag)
		require.Equal(t, http.StatusNotModified, again.Code)
		require.Empty(t, again.Body.String())
		require.Equal(t, etag, again.Header().Get("ETag"))
		require.Equal(t, http.StatusOK, send(server, http.MethodGet, id.Path, "", "If-None-Match", `"another"`).Code)
	}
}

func TestTheSchemasAreListed(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	answer := send(server, http.MethodGet, "/schemas", "")
	require.Equal(t, http.StatusOK, answer.Code)
	var list struct{ Items []api.SchemaEntry }
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &list))
	require.Len(t, list.Items, len(contracts.All()))
	for _, item := range list.Items {
		require.True(t, item.Published, item.Path)
		var schema struct {
			ID string `json:"$id"`
		}
		require.NoError(t, json.Unmarshal(send(server, http.MethodGet, item.Path, "").Body.Bytes(), &schema))
		require.Equal(t, item.ID, schema.ID)
	}
}

func TestASchemaThatIsNotThereNamesThoseThatAre(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	for _, path := range []string{"/schemas/order.paid/1", "/schemas/order.placed/2", "/schemas/order.placed/01", "/schemas/order.placed/x", "/schemas/asyncapi/1", "/schemas/..%2Fcontracts/1"} {
		answer := send(server, http.MethodGet, path, "")
		require.Equal(t, http.StatusNotFound, answer.Code, path)
		p := problemOf(t, answer)
		require.Equal(t, "/problems/not_found", p.Type, path)
		require.Contains(t, p.Detail, "there are compensation.settled/1, event/1, order.cancelled/1", path)
	}
	for _, path := range []string{"/schemas/order.placed", "/schemas/", "/schemas/order.placed/1/x"} {
		require.Equal(t, http.StatusNotFound, send(server, http.MethodGet, path, "").Code, path)
	}
}

func TestTheAsyncAPIDocumentIsServed(t *testing.T) {
	answer := send(gateway(t, slog.DiscardHandler), http.MethodGet, "/asyncapi.json", "")
	require.Equal(t, http.StatusOK, answer.Code)
	require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
	require.Equal(t, string(contracts.AsyncAPI()), answer.Body.String())
	require.NotEmpty(t, answer.Header().Get("ETag"))
}
