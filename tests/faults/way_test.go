package faults_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/tests/harness"
)

// way stands between a worker and the payment provider, and notes when each
// request comes by.
type way struct {
	url string

	mu    sync.Mutex
	proxy *httputil.ReverseProxy
	asked []time.Time
}

func newWay(t *testing.T) *way {
	t.Helper()
	w := &way{}
	server := httptest.NewServer(http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, time.Now())
		proxy := w.proxy
		w.mu.Unlock()
		proxy.ServeHTTP(to, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *way) leadTo(t *testing.T, s *harness.System) {
	t.Helper()
	target, err := url.Parse("http://" + s.ToSimulators.Address)
	require.NoError(t, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.proxy = httputil.NewSingleHostReverseProxy(target)
}

func (w *way) times() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]time.Time(nil), w.asked...)
}

// most is how many times fall into the window that holds the most.
func most(times []time.Time, window time.Duration) int {
	held := 0
	for first, last := 0, 0; last < len(times); last++ {
		for times[last].Sub(times[first]) >= window {
			first++
		}
		held = max(held, last-first+1)
	}
	return held
}
