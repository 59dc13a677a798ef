package client_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	temporal "go.temporal.io/sdk/client"
	"go.uber.org/goleak"

	"makegood/api"
	"makegood/api/client"
	"makegood/inventory"
	"makegood/order"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gateway is the real one over a stock of its own. No Temporal answers it:
// orders that get as far as that are for tests/.
func gateway(t *testing.T) *client.Client {
	pool := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	nowhere, err := temporal.NewLazyClient(temporal.Options{HostPort: "127.0.0.1:1"})
	require.NoError(t, err)
	server, err := api.New(nowhere, inventory.New(pool, inventory.Config{Namespace: "test"}), nil, api.Config{})
	require.NoError(t, err)
	return to(t, server, func() { nowhere.Close(); _ = pool.Close() })
}

func to(t *testing.T, handler http.Handler, after ...func()) *client.Client {
	server := httptest.NewServer(handler)
	over := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		over.CloseIdleConnections()
		server.Close()
		for _, f := range after {
			f()
		}
	})
	return client.New(server.URL+"/", over)
}

func request() order.Request {
	return order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR", PaymentMethod: "pm_card_visa",
		Lines:           []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
		ShippingAddress: order.Address{Name: "Ada", Line1: "1 Main St", City: "Berlin", PostalCode: "10115", Country: "DE"},
	}
}

func TestStock(t *testing.T) {
	c, ctx := gateway(t), t.Context()

	_, err := c.Stock(ctx, "MUG-BLUE")
	require.Equal(t, "not_found", problem(t, err).Name())

	level, err := c.SetStock(ctx, "MUG-BLUE", 10, "stocktaking", "set-1")
	require.NoError(t, err)
	require.Equal(t, client.Level{SKU: "MUG-BLUE", OnHand: 10, Available: 10}, level)

	for range 2 { // the key makes it safe
		level, err = c.AdjustStock(ctx, "MUG-BLUE", -3, "broken", "adjust-1")
		require.NoError(t, err)
		require.Equal(t, int64(7), level.OnHand)
	}
	_, err = c.AdjustStock(ctx, "MUG-BLUE", -4, "broken", "adjust-1")
	require.Equal(t, "idempotency_key_reused", problem(t, err).Name())

	for range 2 { // without a key each call counts
		level, err = c.AdjustStock(ctx, "MUG-BLUE", 1, "", "")
		require.NoError(t, err)
	}
	require.Equal(t, int64(9), level.OnHand)
	found, err := c.Stock(ctx, "MUG-BLUE")
	require.NoError(t, err)
	require.Equal(t, level, found)
}

func TestListStock(t *testing.T) {
	c, ctx := gateway(t), t.Context()
	for _, sku := range []string{"A", "B", "C"} {
		_, err := c.SetStock(ctx, sku, 1, "", "")
		require.NoError(t, err)
	}
	first, err := c.ListStock(ctx, "", 2)
	require.NoError(t, err)
	require.Equal(t, client.StockPage{Items: []client.Level{{SKU: "A", OnHand: 1, Available: 1}, {SKU: "B", OnHand: 1, Available: 1}}, NextCursor: "B"}, first)
	last, err := c.ListStock(ctx, first.NextCursor, 0)
	require.NoError(t, err)
	require.Equal(t, client.StockPage{Items: []client.Level{{SKU: "C", OnHand: 1, Available: 1}}}, last)
	_, err = c.ListStock(ctx, "", client.LongestStockPage+1)
	require.Equal(t, "validation", problem(t, err).Name())
	require.False(t, client.Passing(err))
}

func TestARefusalNamesEachField(t *testing.T) {
	bad := request()
	bad.Lines[0].Quantity = 0
	bad.Currency = "euro"
	_, err := gateway(t).Place(t.Context(), bad, "key-1", 0)
	p := problem(t, err)
	require.Equal(t, http.StatusUnprocessableEntity, p.Status)
	require.Equal(t, "validation", p.Name())
	require.ElementsMatch(t, []client.FieldError{
		{Field: "lines[0].quantity", Message: "must be at least 1"},
		{Field: "currency", Message: "must be an ISO 4217 code such as EUR"},
	}, p.Errors)
	require.Regexp(t, `^place order: .*lines\[0\].quantity must be at least 1.* \(validation, HTTP 422\)$`, err)
}

func TestAGatewayThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	_, err := client.New(server.URL, &http.Client{Transport: &http.Transport{}}).Get(t.Context(), "ord_1")
	require.ErrorContains(t, err, "get order ord_1: no answer from "+server.URL)
	require.NotErrorAs(t, err, new(*client.Problem))
}

func problem(t *testing.T, err error) *client.Problem {
	t.Helper()
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	return p
}
