package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// It does not run beside others: it measures time.
func TestAFrozenBrokerDelaysNoOrder(t *testing.T) {
	s := harness.New(t, harness.OwnRabbitMQ())
	ships := scenarios["an order ships"]
	require.NoError(t, s.RabbitMQ.Freeze())
	var orders []placed
	buy := func(wait int) (answer, time.Duration) {
		name := fmt.Sprintf("frozen-%d", len(orders))
		request := harness.Sample()
		request.Lines[0].SKU, request.CustomerID = "SKU-"+name, "cus_"+name
		_, err := s.API.SetStock(t.Context(), request.Lines[0].SKU, onHand, "", "")
		require.NoError(t, err)
		began := time.Now()
		a := post(t, s, request, "", wait)
		orders = append(orders, placed{Request: request, ID: a.id(t)})
		return a, time.Since(began)
	}
	harness.Eventually(t, func(ctx context.Context) error { // orders go on until the breaker is open
		said, err := s.Worker.Readiness(ctx)
		if err != nil {
			return err
		}
		for _, check := range said.Checks {
			if check.Name == "publisher" && check.Status != "ok" {
				return nil
			}
		}
		a, _ := buy(10)
		require.Equal(t, order.Completed, a.statusOf(t))
		return fmt.Errorf("the breaker is not open after %d orders: %+v", len(orders), said)
	})
	for range 10 {
		a, took := buy(10)
		require.Equal(t, http.StatusOK, a.status, a.body)
		require.Equal(t, order.Completed, a.statusOf(t))
		require.Less(t, took, time.Second)
	}
	t.Logf("%d orders completed while the broker was frozen", len(orders))

	require.NoError(t, s.RabbitMQ.Thaw())

	for _, o := range orders {
		s.Closed(t, o.ID)
		ships.check(t, s, o)
	}
	s.RequireSound(t)
}

func TestOrdersOutliveWorkersAndBroker(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart())
	require.NoError(t, s.Worker.Kill())
	s.ToRabbitMQ.Cut()

	orders := map[string]placed{}
	for _, name := range []string{"an order ships", "a declined card takes nothing", "an undeliverable order gives back stock and money"} {
		c := scenarios[name]
		o := place(t, s, c)
		orders[name] = o
		seen, err := s.API.Get(t.Context(), o.ID)
		require.NoError(t, err)
		require.Equal(t, order.Placed, seen.Status)
		require.Len(t, seen.Timeline, 1)
		harness.Eventually(t, func(ctx context.Context) error {
			page, err := s.API.List(ctx, client.Filter{Status: order.Placed, CustomerID: o.CustomerID}, "", 0)
			if err == nil && (len(page.Items) != 1 || page.Items[0].ID != o.ID) {
				err = fmt.Errorf("the list shows %+v, not %s", page.Items, o.ID)
			}
			return err
		})
	}
	books, err := s.Books(t.Context())
	require.NoError(t, err)
	require.Empty(t, books.Intents)

	require.NoError(t, s.Worker.Restart(t.Context()))
	for name, o := range orders {
		require.Equal(t, scenarios[name].status, s.Final(t, o.ID).Status, "orders don't wait for the broker")
		require.Empty(t, s.Heard.Of(o.ID))
	}
	s.ToRabbitMQ.Mend(t.Context())

	for name, o := range orders {
		checkHistory(t, s.Closed(t, o.ID))
		scenarios[name].check(t, s, o)
	}
}
