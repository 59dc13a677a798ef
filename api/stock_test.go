package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/inventory"
	"makegood/order"
)

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
	require.Equal(t, "on hand can't be less than 0: there are 14", problemOf(t, taken).Detail)
	slash := send(server, http.MethodGet, "/v1/stock/a%2Fb", "")
	require.Equal(t, http.StatusUnprocessableEntity, slash.Code)
	require.Equal(t, "sku", problemOf(t, slash).Errors[0].Field)
	dash := send(server, http.MethodGet, "/v1/stock/-MUG", "")
	require.Equal(t, http.StatusUnprocessableEntity, dash.Code)
	require.Equal(t, "sku must be letters, digits, dot, dash or underscore, beginning with a letter or digit", problemOf(t, dash).Detail)
}

func TestARefusedChangeOfStockNamesItsFieldAndItsNumbers(t *testing.T) {
	server, stock := gatewayAndStock(t, slog.DiscardHandler)
	_, err := stock.Set(t.Context(), "MUG", 10, "first", "")
	require.NoError(t, err)
	_, err = stock.Reserve(t.Context(), order.Order{ID: "ord_1", Request: order.Request{Lines: []order.Line{{SKU: "MUG", Quantity: 7}}}})
	require.NoError(t, err)
	_, err = stock.Set(t.Context(), "FULL", inventory.MaxUnits, "first full", "")
	require.NoError(t, err)

	const held = "on hand can't be less than what is held for orders: 7 held, 10 on hand"
	tests := []struct {
		name, method, path, body string
		problem, field, detail   string
	}{
		{"a set below what is held", http.MethodPut, "/v1/stock/MUG", `{"on_hand":6}`, "below_held", "", held},
		{"an adjustment below what is held", http.MethodPost, "/v1/stock/MUG/adjust", `{"delta":-4}`, "below_held", "", held},
		{"an adjustment beyond the limit", http.MethodPost, "/v1/stock/FULL/adjust", `{"delta":1}`, "validation", "delta", "delta must leave at most 9007199254740991 on hand"},
		{"a set beyond the limit", http.MethodPut, "/v1/stock/FULL", `{"on_hand":9007199254740992}`, "validation", "on_hand", "on_hand must be at most 9007199254740991"},
		{"a set below 0", http.MethodPut, "/v1/stock/FULL", `{"on_hand":-1}`, "validation", "on_hand", "on_hand must be at least 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := problemOf(t, send(server, test.method, test.path, test.body))
			require.Equal(t, "/problems/"+test.problem, p.Type)
			require.Equal(t, test.detail, p.Detail)
			if test.field == "" {
				require.Empty(t, p.Errors)
				return
			}
			require.Len(t, p.Errors, 1)
			require.Equal(t, test.field, p.Errors[0].Field)
		})
	}
}
