package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/tests/browser"
)

// A page that is bad in every way that Page looks at is found out.
func TestABadPageIsFoundOut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><html><body><img src="/missing.png"><p style="color:#bbb;background:#fff;width:2000px">pale</p>
			<script>console.error("said so"); later()</script></body></html>`))
	}))
	defer server.Close()
	p := browser.Open(t)
	p.As(browser.Phone)
	p.Go(server.URL)
	p.See("p", "pale")
	inaccessible := strings.Join(p.Inaccessible(), "\n")
	for _, rule := range []string{"color-contrast", "image-alt", "html-has-lang"} {
		require.Contains(t, inaccessible, rule)
	}
	require.False(t, p.Fits())
	said := ""
	require.Eventually(t, func() bool {
		said += strings.Join(p.Wrong(), "\n")
		return strings.Contains(said, "said so") && strings.Contains(said, "later is not defined") && strings.Contains(said, "404")
	}, 10*time.Second, 10*time.Millisecond)
}
