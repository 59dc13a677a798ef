package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// answer is one of the gateway's, as it stands on the wire.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // nobody answered
}

func (a answer) id(t *testing.T) order.ID {
	t.Helper()
	var body struct{ ID order.ID }
	require.NoError(t, a.err)
	require.NoError(t, json.Unmarshal([]byte(a.body), &body), a.body)
	require.NotEmpty(t, body.ID, a.body)
	require.Equal(t, "/v1/orders/"+string(body.ID), a.header.Get("Location"))
	return body.ID
}

func (a answer) statusOf(t *testing.T) order.Status {
	t.Helper()
	var body struct{ Status order.Status }
	require.NoError(t, a.err)
	require.NoError(t, json.Unmarshal([]byte(a.body), &body), a.body)
	return body.Status
}

// post places an order under the key, if there is one; wait is in seconds, 0 for not at all.
func post(t *testing.T, s *harness.System, request order.Request, key string, wait int) answer {
	t.Helper()
	header := http.Header{}
	if key != "" {
		header.Set("Idempotency-Key", key)
	}
	if wait > 0 {
		header.Set("Prefer", fmt.Sprintf("wait=%d", wait))
	}
	return do(t, s, http.MethodPost, "/v1/orders", header, request)
}

// do may be called from any goroutine.
func do(t *testing.T, s *harness.System, method, path string, header http.Header, body any) answer {
	t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return answer{err: err}
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader(text))
	if err != nil {
		return answer{err: err}
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(said), err: err}
}
