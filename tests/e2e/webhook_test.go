package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/order"
	"makegood/tests/harness"
)

// A shop's receiver that was busy at first: it turns down the first attempt at
// each message, and takes the second.
type shop struct {
	verify *standardwebhooks.Webhook

	mu       sync.Mutex
	refused  map[string]bool
	accepted []events.Event
	wrong    []error
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = s.verify.Verify(body, r.Header)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, notOne := events.Decode(body)
	switch id := r.Header.Get("webhook-id"); {
	case err != nil || notOne != nil:
		s.wrong = append(s.wrong, err, notOne)
		w.WriteHeader(http.StatusUnauthorized)
	case !s.refused[id]:
		s.refused[id] = true
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		s.accepted = append(s.accepted, e)
	}
}

func (s *shop) about(id order.ID) (types map[order.EventType]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	types = map[order.EventType]int{}
	for _, e := range s.accepted {
		if e.Subject == id {
			types[e.Type]++
		}
	}
	return types
}

func TestAnOrdersEventsReachTheShopsReceiver(t *testing.T) {
	t.Parallel()
	const secret, former = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	verify, err := standardwebhooks.NewWebhook(former) // has not heard of the new one yet
	require.NoError(t, err)
	shop := &shop{verify: verify, refused: map[string]bool{}}
	server := httptest.NewServer(shop)
	t.Cleanup(server.Close)
	s := harness.New(t, harness.Setting("WEBHOOK_URL", server.URL+"/webhooks"), harness.Setting("WEBHOOK_SECRETS", secret+","+former),
		harness.Setting("EVENT_RETRIES", "100ms,1s,10s"))
	for _, name := range []string{"an order ships", "a declined card takes nothing"} {
		c := scenarios[name]
		o := place(t, s, c)
		once := map[order.EventType]int{}
		for event := range strings.FieldsSeq(c.events) {
			once[order.EventType(event)] = 1
		}
		require.Eventually(t, func() bool { return len(shop.about(o.ID)) == len(once) }, time.Minute, 20*time.Millisecond)
		require.Equal(t, once, shop.about(o.ID))
		c.check(t, s, o)
	}
	shop.mu.Lock()
	defer shop.mu.Unlock()
	require.Empty(t, shop.wrong)
}
