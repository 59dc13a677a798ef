package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/inventory"
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
	slash := send(server, http.MethodGet, "/v1/stock/a%2Fb", "")
	require.Equal(t, http.StatusUnprocessableEntity, slash.Code)
	require.Equal(t, "sku", problemOf(t, slash).Errors[0].Field)
	dash := send(server, http.MethodGet, "/v1/stock/-MUG", "")
	require.Equal(t, http.StatusUnprocessableEntity, dash.Code)
	require.Equal(t, "sku must be letters, digits, dot, dash or underscore, beginning with a letter or digit", problemOf(t, dash).Detail)
}
