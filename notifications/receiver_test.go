package notifications_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

// Two secrets of a shop, such as a receiver's library makes them.
const (
	oldSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	newSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// receiver is a shop's own: it believes what the public library of Standard
// Webhooks verifies, and knows nothing of makegood.
type receiver struct {
	server *httptest.Server
	verify *standardwebhooks.Webhook
	// answer is written after each message; nil accepts.
	answer func(w http.ResponseWriter, m message, attempt int)

	mu       sync.Mutex
	messages []message
}

type message struct {
	header   http.Header
	body     []byte
	verified error
}

func (m message) id() string { return m.header.Get("webhook-id") }

func receive(t *testing.T, secret string, answer func(w http.ResponseWriter, m message, attempt int)) *receiver {
	t.Helper()
	r := newReceiver(t, secret, answer)
	r.server.Start()
	return r
}

func newReceiver(t *testing.T, secret string, answer func(w http.ResponseWriter, m message, attempt int)) *receiver {
	t.Helper()
	verify, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	r := &receiver{verify: verify, answer: answer}
	r.server = httptest.NewUnstartedServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	m := message{req.Header.Clone(), body, r.verify.Verify(body, req.Header)}
	r.mu.Lock()
	r.messages = append(r.messages, m)
	attempt := 0
	for _, other := range r.messages {
		if other.id() == m.id() {
			attempt++
		}
	}
	r.mu.Unlock()
	switch {
	case m.verified != nil:
		http.Error(w, m.verified.Error(), http.StatusUnauthorized)
	case r.answer != nil:
		r.answer(w, m, attempt)
	}
}

func (r *receiver) got() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]message(nil), r.messages...)
}
