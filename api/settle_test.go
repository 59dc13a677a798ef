package api_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAWordIsRefusedByItsMembers(t *testing.T) {
	tests := []struct {
		name, body, field string
	}{
		{"nothing", `{}`, "action"},
		{"another action", `{"action":"forget"}`, "action"},
		{"no step", `{"action":"settled","by":"ada","note":"why","reference":"1"}`, "step"},
		{"a step that has no name here", `{"action":"settled","step":"fence","by":"ada","note":"why","reference":"1"}`, "step"},
		{"nobody", `{"action":"settled","step":"refund","note":"why","reference":"1"}`, "by"},
		{"a blank reason", `{"action":"settled","step":"refund","by":"ada","note":" ","reference":"1"}`, "note"},
		{"no reference", `{"action":"settled","step":"refund","by":"ada","note":"why"}`, "reference"},
		{"a retry with a reason", `{"action":"retry","note":"why"}`, "note"},
		{"an unknown member", `{"action":"retry","force":true}`, "force"},
	}
	server := gateway(t, slog.DiscardHandler)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := send(server, http.MethodPost, "/v1/orders/ord_ifaq4ymuaebagbafaydqqcikbm/settle", test.body)
			require.Equal(t, http.StatusUnprocessableEntity, answer.Code, answer.Body.String())
			require.Equal(t, test.field, problemOf(t, answer).Errors[0].Field)
		})
	}
}
