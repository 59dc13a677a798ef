package e2e_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// two is an order of two units of the SKU.
func two(sku string) order.Request {
	request := harness.Sample()
	request.Lines[0].SKU = sku
	return request
}

// soldOut requires that the order was refused before its saga.
func soldOut(t testing.TB, err error) {
	t.Helper()
	refused := (*client.Problem)(nil)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "out_of_stock", refused.Name())
}

func TestASoldOutOrderIsRefusedBeforeAnybodyIsCharged(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	_, err := s.API.SetStock(t.Context(), "LAST", 2, "", "")
	require.NoError(t, err)

	held := two("LAST")
	held.ShippingAddress.Line1 = "sim:slow_3000"
	first, err := s.API.Place(t.Context(), held, "first", 0)
	require.NoError(t, err)
	harness.Eventually(t, func(ctx context.Context) error {
		level, err := s.API.Stock(ctx, "LAST")
		if err == nil && level.Available > 0 {
			err = fmt.Errorf("there are %d left", level.Available)
		}
		return err
	})

	_, err = s.API.Place(t.Context(), two("LAST"), "second", 0)
	soldOut(t, err)
	again, err := s.API.Place(t.Context(), held, "first", 0)
	require.NoError(t, err, "it holds the last units itself")
	require.Equal(t, first.ID, again.ID)

	require.Equal(t, order.Completed, s.Final(t, first.ID).Status)
	_, err = s.API.Place(t.Context(), two("LAST"), "third", 0)
	soldOut(t, err)
	again, err = s.API.Place(t.Context(), held, "first", 0)
	require.NoError(t, err, "it had the last units itself")
	require.Equal(t, client.Placed{ID: first.ID, Status: order.Completed}, again)
	books, err := s.Books(t.Context())
	require.NoError(t, err)
	require.Len(t, books.Intents, 1)
	require.Empty(t, books.Refunds)
	s.RequireSound(t)
}

// BenchmarkSoldOut holds the refusal of an order that is sold out against the
// saga of one that ships: in turn, one at a time, each from its POST to the last
// word on it.
func BenchmarkSoldOut(b *testing.B) {
	s := harness.New(b)
	_, err := s.API.SetStock(b.Context(), "PLENTY", 1_000_000, "", "")
	require.NoError(b, err)
	_, err = s.API.SetStock(b.Context(), "GONE", 0, "", "")
	require.NoError(b, err)
	var saga, refusal time.Duration
	orders := 0
	turn := func() {
		orders++
		began := time.Now()
		placed, err := s.API.Place(b.Context(), two("PLENTY"), fmt.Sprint("ships ", orders), 30*time.Second)
		saga += time.Since(began)
		require.NoError(b, err)
		require.Equal(b, order.Completed, placed.Status)

		began = time.Now()
		_, err = s.API.Place(b.Context(), two("GONE"), fmt.Sprint("sold out ", orders), 30*time.Second)
		refusal += time.Since(began)
		soldOut(b, err)
	}
	turn() // opens the connections
	saga, refusal = 0, 0
	for b.Loop() {
		turn()
	}
	books, err := s.Books(b.Context())
	require.NoError(b, err)
	require.Len(b, books.Intents, orders, "an intent for each that ships, and none else")
	milliseconds := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(b.N) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(saga), "saga-ms/order")
	b.ReportMetric(milliseconds(refusal), "refusal-ms/order")
	b.ReportMetric(refusal.Seconds()/saga.Seconds(), "refusal/saga")
}
