package outbound_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"makegood/outbound"
)

// body tells whether anybody read or closed it.
type body struct {
	io.Reader
	read   int
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	b.read++
	return b.Reader.Read(p)
}

func (b *body) Close() error {
	b.closed = true
	return nil
}

func TestTheBodyOfARefusedRequestIsClosedUnread(t *testing.T) {
	inWorld(t, 1, func(t *testing.T, w *world) {
		require.NoError(t, w.ask(t.Context()))
		sent := &body{Reader: strings.NewReader("amount=2500")}
		r, err := http.NewRequestWithContext(outbound.Hurry(t.Context()), http.MethodPost, "http://stripe/", sent)
		require.NoError(t, err)
		_, err = w.client.Do(r)
		var busy *outbound.Busy
		require.ErrorAs(t, err, &busy)
		require.Zero(t, sent.read)
		require.True(t, sent.closed)
	})
}

func TestARequestIsHandedOnAsItIsAndNeverRepeated(t *testing.T) {
	inWorld(t, 0, func(t *testing.T, w *world) {
		var heard string
		w.answers(func(to http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			heard = r.Method + " " + r.URL.Path + " " + string(text)
			hangUp(to, r)
		})
		err := w.ask(t.Context())
		require.Error(t, err)
		var busy *outbound.Busy
		require.False(t, errors.As(err, &busy), "it may have taken effect")
		require.Equal(t, "POST /v1/payment_intents amount=2500", heard)
		require.Len(t, w.times(0), 1)
	})
}

func TestMetricsOfSeveralProvidersShareARegistry(t *testing.T) {
	broken(t, 10, func(t *testing.T, w *world) {
		registry := prometheus.NewRegistry()
		registry.MustRegister(w, outbound.New(outbound.Config{Provider: "carrier"}))
		w.busy(t.Context(), t)
		answer := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for _, line := range []string{
			`makegood_outbound_breaker_state{provider="carrier"} 0`,
			`makegood_outbound_breaker_state{provider="stripe"} 2`,
			`makegood_outbound_refused_total{provider="carrier",reason="breaker"} 0`,
			`makegood_outbound_refused_total{provider="stripe",reason="breaker"} 2`,
			`makegood_outbound_refused_total{provider="stripe",reason="rate"} 0`,
			`makegood_outbound_wait_seconds_count{provider="stripe"} 18`, // the bucket held 2
		} {
			require.Contains(t, answer.Body.String(), line+"\n")
		}
	})
}

// Over real connections, at once, in real time.
func TestManyAtOnce(t *testing.T) {
	var served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served.Add(1) }))
	defer server.Close()
	p := outbound.New(outbound.Config{Provider: "carrier", Rate: 1000})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: p.Around(transport)}
	var sent, refused atomic.Int64
	var askers sync.WaitGroup
	for i := range 500 {
		askers.Go(func() {
			ctx := t.Context()
			if i%2 == 0 {
				ctx = outbound.Hurry(ctx)
			}
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
			if err != nil {
				t.Error(err)
				return
			}
			response, err := client.Do(r)
			var busy *outbound.Busy
			switch {
			case err == nil:
				sent.Add(1)
				_ = response.Body.Close()
			case errors.As(err, &busy) && i%2 == 0:
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	askers.Wait()
	require.Equal(t, int64(500), sent.Load()+refused.Load())
	require.Equal(t, sent.Load(), served.Load())
	require.GreaterOrEqual(t, sent.Load(), int64(250), "who has time is never refused")
}
