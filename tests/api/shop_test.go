package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"makegood/activities"
	"makegood/api"
	"makegood/audit"
	"makegood/inventory"
	"makegood/order"
	"makegood/tests/harness"
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
	stock     *inventory.Stock // past the link
	toRedis   *harness.Link    // the gateway's
	client    redis.UniversalClient
	gateway   *api.Server
	log       *lockedLog
	url       string
}

// open opens a shop; change makes its gateway differ from the others.
func open(t *testing.T, change ...func(*api.Config)) *shop {
	t.Parallel()
	quiet := slog.New(slog.DiscardHandler)
	s := &shop{T: t, log: new(lockedLog), namespace: namespace(opened.Add(1) - 1), redis: miniredis.RunT(t)}
	var err error
	s.temporal, err = client.Dial(client.Options{HostPort: temporal.Address, Namespace: s.namespace, Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(s.temporal.Close)
	redisClient := redis.NewClient(&redis.Options{Addr: s.redis.Addr()})
	t.Cleanup(func() { _ = redisClient.Close() })
	s.stock = inventory.New(redisClient, inventory.Config{})
	_, err = s.stock.Set(t.Context(), "MUG-BLUE", 10, "first", "test")
	require.NoError(t, err)
	s.toRedis = harness.NewLink(t, "redis", s.redis.Addr())
	s.client, err = inventory.Open("redis://" + s.toRedis.Address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.client.Close() })
	config := api.Config{Namespace: s.namespace, Admission: true, WorkerBeside: func() bool { return true }, Log: slog.New(slog.NewTextHandler(s.log, nil))}
	for _, c := range change {
		c(&config)
	}
	s.gateway, err = api.New(s.temporal, inventory.New(s.client, inventory.Config{}), nil, config)
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
	w := worker.New(s.temporal, sdkworker.WorkerDeploymentVersion{}, &activities.Activities{Payments: p, Stock: s.stock, Carrier: p, Publisher: p},
		&audit.Auditor{Temporal: s.temporal, Stock: s.stock, Metrics: audit.NewMetrics(prometheus.NewRegistry())}, &workflows.Orders{Config: workflows.DefaultConfig()})
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
