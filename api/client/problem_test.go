package client_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
)

// answer is a server that says one thing.
func answer(status int, media, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func TestProblem(t *testing.T) {
	const media = "application/problem+json; charset=utf-8"
	tests := []struct {
		name, media, body string
		status            int
		want              string
	}{
		{"the detail is what is said", media,
			`{"type":"/problems/already_shipped","title":"T","status":409,"detail":"the carrier has\nthe parcel","request_id":"r1"}`, 409,
			"get order ord_1: the carrier has the parcel (already_shipped, HTTP 409)"},
		{"every field is named", media,
			`{"type":"/problems/validation","status":422,"detail":"a is bad, and more","errors":[{"field":"a","message":"is bad"},{"field":"b","message":"is worse"}]}`, 422,
			"get order ord_1: a is bad; b is worse (validation, HTTP 422)"},
		{"a failure of the gateway can be found in its log", media,
			`{"type":"/problems/internal","title":"The gateway failed","status":500,"request_id":"r1"}`, 500,
			"get order ord_1: The gateway failed (internal, HTTP 500, request r1)"},
		{"a proxy's page is not repeated", "text/html", "<h1>Bad Gateway</h1>", 502, "get order ord_1: Bad Gateway (HTTP 502)"},
		{"a problem that can't be read is still one", media, "{", 503, "get order ord_1: Service Unavailable (HTTP 503)"},
		{"the line's status counts, not the body's", media, `{"type":"about:blank","status":200,"detail":"d"}`, 404, "get order ord_1: d (HTTP 404)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := to(t, answer(test.status, test.media, test.body)).Get(t.Context(), "ord_1")
			require.EqualError(t, err, test.want)
			require.Equal(t, test.status, problem(t, err).Status)
		})
	}
}

func TestAShortageSaysWhatThereIs(t *testing.T) {
	c := to(t, answer(409, "application/problem+json",
		`{"type":"/problems/out_of_stock","status":409,"shortages":[{"sku":"A","asked":2,"available":1}]}`))
	_, err := c.Place(t.Context(), request(), "", 0)
	require.Equal(t, []order.Shortage{{SKU: "A", Asked: 2, Available: 1}}, problem(t, err).Shortages)
}

func TestAnAnswerThatIsNoJSONIsNoSuccess(t *testing.T) {
	_, err := to(t, answer(200, "text/html", "<h1>Log in</h1>")).Get(t.Context(), "ord_1")
	require.ErrorContains(t, err, "get order ord_1: read the answer:")
}
