package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

func TestHealthcheckSaysWhatIsWrong(t *testing.T) {
	tests := []struct {
		name, body string
		status     int
		says       string // all that it prints
		wrong      string // the error
	}{
		{
			"a role that is degraded is ready",
			`{"status":"degraded","checks":[{"name":"redis","status":"ok"},{"name":"publisher","status":"degraded","detail":"the broker is down:\nEOF"}]}`,
			200, "degraded\n  redis      ok        \n  publisher  degraded  the broker is down: EOF\n", "",
		},
		{"the simulators", "ok\n", 200, "ok\n", ""},
		{"a role that is unavailable", `{"status":"unavailable"}`, 503, "", `not ready: {"status":"unavailable"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			role := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer role.Close()
			var out bytes.Buffer
			cmd := HealthcheckCmd{HTTPAddr: listenAddr(strings.TrimPrefix(role.URL, "http://"))}
			err := cmd.Run(t.Context(), &kong.Kong{Stdout: &out})
			if test.wrong != "" {
				require.EqualError(t, err, test.wrong)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, test.says, out.String())
		})
	}
}
