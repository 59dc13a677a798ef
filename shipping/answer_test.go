package shipping_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/shipping"
)

// What stands between us and the carrier has statuses of its own. None of them
// may pass for an outcome.
func TestAnAnswerWithoutARecordSettlesNothing(t *testing.T) {
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"a proxy's 200 with a page":               {200, "<html>login</html>"},
		"an empty 200":                            {200, ""},
		"a 200 with another object":               {200, `{}`},
		"a 200 without a time":                    {200, `{"status":"accepted","id":"shp_1"}`},
		"a 200 with a status that nobody defined": {200, `{"status":"lost","created_at":"2026-01-02T03:04:05Z"}`},
		"a proxy's 410":                           {410, "gone"},
		"a 422 about the request":                 {422, `{"code":"invalid"}`},
		"a proxy's 409":                           {409, "conflict"},
		"a 404":                                   {404, ""},
		"a 503":                                   {503, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(answer.status)
				_, _ = w.Write([]byte(answer.body))
			}))
			defer server.Close()
			h, err := shipping.NewHTTP(shipping.Config{URL: server.URL, Namespace: "test"})
			require.NoError(t, err)
			defer h.Close()
			for _, do := range []step{h.Ship, h.Fence} {
				outcome, err := do(t.Context(), orderTo("1 Main St", "10115"))
				require.Zero(t, outcome)
				require.Error(t, err)
				require.NotErrorIs(t, err, order.ErrFingerprint)
				var rejection *order.Rejection
				require.NotErrorAs(t, err, &rejection)
			}
		})
	}
}

func TestNewHTTPNamesWhatIsWrong(t *testing.T) {
	for want, config := range map[string]shipping.Config{
		`"" is not the URL of a carrier`:                      {URL: "", Namespace: "n"},
		`"carrier:80" is not the URL of a carrier`:            {URL: "carrier:80", Namespace: "n"},
		`"ftp://carrier.example" is not the URL of a carrier`: {URL: "ftp://carrier.example", Namespace: "n"},
		"the namespace is missing":                            {URL: "http://carrier.example"},
	} {
		_, err := shipping.NewHTTP(config)
		require.ErrorContains(t, err, want)
	}
}
