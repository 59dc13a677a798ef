package outbound_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/outbound"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a provider behind its limits: a real HTTP server, reached over
// connections within the process, so that time can be the test's own.
type world struct {
	*outbound.Provider
	client *http.Client
	log    *strings.Builder

	mu     sync.Mutex
	asked  []time.Time // when each request arrived
	answer http.HandlerFunc
}

// inWorld runs the test with a clock that stands still while anybody works.
func inWorld(t *testing.T, rate float64, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{log: &strings.Builder{}, answer: status(http.StatusOK)}
		w.Provider = outbound.New(outbound.Config{
			Provider: "stripe", Rate: rate,
			Log: slog.New(slog.NewTextHandler(w.log, nil)),
		})
		wire := pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		transport := &http.Transport{DialContext: wire.dial}
		w.client = &http.Client{Transport: w.Around(transport)}
		server := &http.Server{Handler: http.HandlerFunc(w.serve), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
		ended := make(chan error)
		go func() { ended <- server.Serve(wire) }()
		defer func() {
			transport.CloseIdleConnections()
			require.NoError(t, server.Close())
			require.ErrorIs(t, <-ended, http.ErrServerClosed)
		}()
		test(t, w)
	})
}

func (w *world) serve(to http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked = append(w.asked, time.Now())
	answer := w.answer
	w.mu.Unlock()
	answer(to, r)
}

func (w *world) answers(with http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = with
}

// times are when the requests arrived, from the one numbered from on.
func (w *world) times(from int) []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]time.Time(nil), w.asked[from:]...)
}

// ask sends one request and reads its answer.
func (w *world) ask(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://stripe/v1/payment_intents", strings.NewReader("amount=2500"))
	if err != nil {
		return err
	}
	response, err := w.client.Do(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return errors.Join(err, response.Body.Close())
}

// busy asks and wants to be told to come back, at once and without a request.
func (w *world) busy(ctx context.Context, t *testing.T) outbound.Busy {
	t.Helper()
	began, asked := time.Now(), len(w.times(0))
	var busy *outbound.Busy
	require.ErrorAs(t, w.ask(ctx), &busy)
	require.Zero(t, time.Since(began), "it waited")
	require.Len(t, w.times(asked), 0, "it was sent")
	require.Equal(t, busy.RetryAfter, busy.WaitFor())
	require.Positive(t, busy.RetryAfter)
	return *busy
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// silent says nothing until the caller has gone.
func silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // else the server doesn't see it go
	<-r.Context().Done()
}

// hangUp breaks the connection.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// within is a context that ends after that time.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// pipes is a listener whose connections are within the process.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	close(p.closed)
	return nil
}

func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }
