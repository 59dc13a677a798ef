package e2e_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// The gateway is killed meanwhile, which breaks the streams: those that have
// seen something miss nothing.
func TestAllOrdersAreWatched(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 100, "", "")
	require.NoError(t, err)
	everything, finals := gather(t, s, client.EventFilter{}), gather(t, s, client.EventFilter{Types: []order.EventType{order.EventCompleted, order.EventRejected}})
	others := gather(t, s, client.EventFilter{CustomerID: "cus_other"})

	all := []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted}
	other := harness.Sample()
	other.CustomerID = "cus_other"
	first, second := placeFor(t, s, harness.Sample()), placeFor(t, s, other)
	seen := func(id order.ID) {
		everything.has(t, id, all...)
		finals.has(t, id, order.EventCompleted)
	}
	seen(first)
	seen(second)
	others.has(t, second, all...)
	require.NoError(t, s.Gateway.Restart(t.Context()))
	third := placeFor(t, s, other)
	seen(third)
	others.has(t, third, all...)
	require.Empty(t, others.of(first))
	require.Equal(t, http.StatusUnprocessableEntity, codeOf(t, s.URL+"/v1/events", "Last-Event-ID", "none-of-ours"))
	require.Equal(t, http.StatusUnprocessableEntity, codeOf(t, s.URL+"/v1/events?type=order.lost"))
	s.RequireSound(t)
}

// A gateway takes orders while the broker is away, and says of the stream of
// all events that it is.
func TestAStreamOfAllOutlastsTheBroker(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 100, "", "")
	require.NoError(t, err)
	everything := gather(t, s, client.EventFilter{})
	s.ToRabbitMQ.Cut()
	harness.Eventually(t, func(context.Context) error {
		if code := codeOf(t, s.URL+"/v1/events"); code != http.StatusServiceUnavailable {
			return fmt.Errorf("HTTP %d", code)
		}
		return nil
	})
	id := placeFor(t, s, harness.Sample())
	s.ToRabbitMQ.Mend(t.Context())
	everything.has(t, id, order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted)
	s.RequireSound(t)
}

func placeFor(t *testing.T, s *harness.System, request order.Request) order.ID {
	t.Helper()
	var p client.Placed
	key := rand.Text()
	err := harness.Insist(t.Context(), func() (err error) {
		p, err = s.API.Place(t.Context(), request, key, 0)
		return err
	})
	require.NoError(t, err)
	return p.ID
}

func codeOf(t *testing.T, url string, headers ...string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer.StatusCode
}

// gathered is what a watcher has seen.
type gathered struct {
	mu   sync.Mutex
	seen []client.Event
}

// gather returns once the gateway reads for the watcher.
func gather(t *testing.T, s *harness.System, filter client.EventFilter) *gathered {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	g, ended, first := &gathered{}, make(chan error, 1), make(chan struct{})
	watching := client.New(s.URL, &http.Client{Transport: signalled{first}})
	go func() {
		for e, err := range watching.WatchAll(ctx, filter) {
			if err != nil {
				ended <- err
				return
			}
			g.mu.Lock()
			g.seen = append(g.seen, e)
			g.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	<-first
	return g
}

// signalled says when the first answer has begun.
type signalled struct{ first chan struct{} }

func (s signalled) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		select {
		case <-s.first:
		default:
			close(s.first)
		}
	}
	return answer, err
}

// of are the types of the order's events, each once, in the order of their
// first coming.
func (g *gathered) of(id order.ID) (types []order.EventType) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, e := range g.seen {
		if e.OrderID == id && !slices.Contains(types, e.Type) {
			types = append(types, e.Type)
		}
	}
	return types
}

func (g *gathered) has(t *testing.T, id order.ID, want ...order.EventType) {
	t.Helper()
	harness.Eventually(t, func(context.Context) error {
		if types := g.of(id); !slices.Equal(types, want) {
			return fmt.Errorf("seen of %s: %v", id, types)
		}
		return nil
	})
}
