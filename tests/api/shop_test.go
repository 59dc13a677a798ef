package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"makegood/activities"
	"makegood/api"
	"makegood/events"
	"makegood/inventory"
	"makegood/order"
	"makegood/worker"
	"makegood/workflows"
)

const body = `{"customer_id":"cus_42","email":"ada@example.com","currency":"EUR","payment_method":"pm_card_visa",
	"lines":[{"sku":"MUG-BLUE","quantity":2,"unit_price":1250}],
	"shipping_address":{"name":"Ada","line1":"1 Main St","city":"Berlin","postal_code":"10115","country":"DE"}}`

// shop is a gateway in a namespace of its own, with 10 mugs in stock.
type shop struct {
	*testing.T
	namespace string
	temporal  client.Client
	redis     *miniredis.Miniredis
	stock     *inventory.Stock
	gateway   *api.Server
	url       string
}

func open(t *testing.T) *shop {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	s := &shop{T: t, namespace: namespace(opened.Add(1) - 1), redis: miniredis.RunT(t)}
	var err error
	s.temporal, err = client.Dial(client.Options{HostPort: temporal.Address, Namespace: s.namespace, Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(s.temporal.Close)
	redisClient := redis.NewClient(&redis.Options{Addr: s.redis.Addr()})
	t.Cleanup(func() { _ = redisClient.Close() })
	s.stock = inventory.New(redisClient, inventory.Config{})
	_, err = s.stock.Set(t.Context(), "MUG-BLUE", 10, "first", "test")
	require.NoError(t, err)
	s.gateway, err = api.New(s.temporal, s.stock, api.Config{Admission: true, Log: quiet})
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.gateway.Start(listener)
	s.url = "http://" + listener.Addr().String()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = s.gateway.Stop(ctx) // again, where the test has stopped it
	})
	return s
}

// work starts a worker over the stock and the given providers. It ends with
// the test, or before.
func (s *shop) work(p *providers) (end func()) {
	p.ends = make(chan struct{})
	w := worker.New(s.temporal, &activities.Activities{Payments: p, Stock: s.stock, Carrier: p, Publisher: p}, workflows.DefaultConfig())
	require.NoError(s, w.Start())
	end = sync.OnceFunc(func() {
		close(p.ends) // or the worker would wait for what hangs
		w.Stop()
	})
	s.Cleanup(end)
	return end
}

type answer struct {
	code    int
	header  http.Header
	text    string
	took    time.Duration
	problem api.Problem

	ID         order.ID
	Status     order.Status
	Items      []api.OrderSummary
	NextCursor string `json:"next_cursor"`
}

func (s *shop) call(method, path, body string, headers ...string) answer {
	s.Helper()
	a, err := s.try(method, path, body, headers...)
	require.NoError(s, err)
	return a
}

func (s *shop) try(method, path, body string, headers ...string) (answer, error) {
	request, err := http.NewRequestWithContext(s.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	began := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	a := answer{code: response.StatusCode, header: response.Header, text: string(text), took: time.Since(began)}
	switch response.Header.Get("Content-Type") {
	case "application/json":
		err = json.Unmarshal(text, &a)
	case "application/problem+json":
		err = json.Unmarshal(text, &a.problem)
	}
	return a, err
}

func (s *shop) place(key string, headers ...string) answer {
	s.Helper()
	a := s.call(http.MethodPost, "/v1/orders", body, append([]string{"Content-Type", "application/json", "Idempotency-Key", key}, headers...)...)
	require.Less(s, a.code, 300, a.text)
	return a
}

func (s *shop) order(id order.ID) api.Order {
	s.Helper()
	a := s.call(http.MethodGet, "/v1/orders/"+string(id), "")
	require.Equal(s, http.StatusOK, a.code, a.text)
	var o api.Order
	require.NoError(s, json.Unmarshal([]byte(a.text), &o))
	return o
}

func (s *shop) eventually(what string, holds func() bool) {
	s.Helper()
	require.Eventually(s, holds, 20*time.Second, 20*time.Millisecond, what)
}

// providers stand for the outside world: they take everything at once, unless
// told otherwise. What the real adapters do is tested with them.
type providers struct {
	hangs    bool // a charge never answers
	declines bool
	lost     bool          // no parcel can be delivered
	refuses  chan struct{} // no money is given back until it is closed
	frozen   bool          // the broker confirms nothing
	ends     chan struct{}
}

// hang answers only when the caller or the test has had enough.
func (p *providers) hang(ctx context.Context) error {
	select {
	case <-p.ends:
		return errors.New("the test is over")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *providers) Charge(ctx context.Context, o order.Order) (order.Outcome, error) {
	if p.hangs {
		return order.Outcome{}, p.hang(ctx)
	}
	if p.declines {
		return order.Outcome{}, order.Reject(order.Outcome{Step: order.Charge, At: o.PlacedAt, Reason: order.PaymentDeclined})
	}
	return order.Outcome{Step: order.Charge, At: o.PlacedAt, Reference: "pi_1", Amount: o.Total().Amount}, nil
}

func (p *providers) Refund(_ context.Context, o order.Order) (order.Outcome, error) {
	select {
	case <-p.refuses:
	default:
		if p.refuses != nil {
			return order.Outcome{}, fmt.Errorf("refund: the account is closed: %w", order.ErrNeedsPerson)
		}
	}
	return order.Outcome{Step: order.Refund, At: o.PlacedAt, Null: p.hangs, Reference: "re_1", Amount: o.Total().Amount}, nil
}

func (p *providers) Ship(_ context.Context, o order.Order) (order.Outcome, error) {
	if p.lost {
		return order.Outcome{}, order.Reject(order.Outcome{Step: order.Ship, At: o.PlacedAt, Reason: order.Undeliverable})
	}
	return order.Outcome{Step: order.Ship, At: o.PlacedAt, Reference: "shp_1", Tracking: "T1"}, nil
}

func (p *providers) Fence(_ context.Context, o order.Order) (order.Outcome, error) {
	return order.Outcome{Step: order.Fence, At: o.PlacedAt, Null: true}, nil
}

func (p *providers) Publish(ctx context.Context, _ []events.Event) error {
	if p.frozen {
		return p.hang(ctx)
	}
	return nil
}

func (p *providers) Ready() error { return nil }
func (p *providers) Close() error { return nil }
