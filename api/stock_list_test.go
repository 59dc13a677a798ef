package api_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api"
	"makegood/inventory"
)

func TestStockIsListedPageByPage(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	page := func(query string) api.StockPage {
		t.Helper()
		answer := send(server, http.MethodGet, "/v1/stock"+query, "")
		require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
		var p api.StockPage
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &p))
		return p
	}
	require.JSONEq(t, `{"items":[],"next_cursor":""}`, send(server, http.MethodGet, "/v1/stock", "").Body.String())

	const skus = 60
	for i := range skus {
		answer := send(server, http.MethodPut, fmt.Sprintf("/v1/stock/SKU-%02d", i), fmt.Sprintf(`{"on_hand":%d}`, i))
		require.Equal(t, http.StatusOK, answer.Code)
	}
	require.Len(t, page("").Items, 50, "unless told")
	require.Len(t, page("?limit=1000").Items, skus)

	var all []inventory.Level
	for cursor := ""; ; {
		p := page("?limit=25&cursor=" + cursor)
		all = append(all, p.Items...)
		if cursor = p.NextCursor; cursor == "" {
			break
		}
	}
	require.Len(t, all, skus)
	for i, level := range all {
		require.Equal(t, inventory.Level{SKU: fmt.Sprintf("SKU-%02d", i), OnHand: int64(i), Available: int64(i)}, level)
	}
}

func TestAListOfStockThatIsRefused(t *testing.T) {
	server := gateway(t, slog.DiscardHandler)
	tests := []struct{ name, query, want string }{
		{"a page of nothing", "?limit=0", "limit must be at least 1"},
		{"a page too long", "?limit=1001", "limit must be at most 1000"},
		{"a cursor that is no SKU", "?cursor=a/b", "cursor must be the next_cursor of a page"},
		{"a cursor that no page gave", "?cursor=bad", "cursor must be the next_cursor of a page"},
		{"a parameter that isn't known", "?sku=A", "sku is not known"},
		{"a parameter given twice", "?limit=1&limit=2", "limit must be given once"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := send(server, http.MethodGet, "/v1/stock"+test.query, "")
			require.Equal(t, http.StatusUnprocessableEntity, answer.Code)
			require.Equal(t, test.want, problemOf(t, answer).Detail)
		})
	}
}
