package inventory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
	"makegood/order"
)

// shelf is a pool with the SKUs of a case in it.
type shelf struct {
	*testing.T
	*inventory.Stock
	client redis.UniversalClient
	pool   string
}

func newShelf(t *testing.T, client redis.UniversalClient, onHand map[string]int64) shelf {
	t.Helper()
	pool := newPool()
	s := shelf{t, inventory.New(client, inventory.Config{Namespace: pool}), client, pool}
	for sku, n := range onHand {
		_, err := s.Set(t.Context(), sku, n, "fill "+sku, "test")
		require.NoError(t, err)
	}
	return s
}

func (s shelf) level(sku string, onHand, held int64) {
	s.Helper()
	level, err := s.Level(s.Context(), sku)
	require.NoError(s, err)
	require.Equal(s, inventory.Level{SKU: sku, OnHand: onHand, Held: held, Available: onHand - held}, level)
}

type effect func(context.Context, order.Order) (order.Outcome, error)

// done runs an effect that must succeed.
func (s shelf) done(do effect, o order.Order) order.Outcome {
	s.Helper()
	outcome, err := do(s.Context(), o)
	require.NoError(s, err)
	require.WithinDuration(s, time.Now(), outcome.At, time.Minute)
	return outcome
}

// refused runs an effect that must be refused for good.
func (s shelf) refused(do effect, o order.Order) order.Outcome {
	s.Helper()
	outcome, err := do(s.Context(), o)
	require.Zero(s, outcome)
	var rejection *order.Rejection
	require.ErrorAs(s, err, &rejection)
	require.WithinDuration(s, time.Now(), rejection.Outcome.At, time.Minute)
	return rejection.Outcome
}

// tick waits until the server's clock shows another millisecond, so that a
// time recorded anew is not mistaken for the first one.
func (s shelf) tick() {
	s.Helper()
	first, err := s.client.Time(s.Context()).Result()
	require.NoError(s, err)
	require.NoError(s, until(func() error {
		now, err := s.client.Time(s.Context()).Result()
		if err == nil && now.UnixMilli() == first.UnixMilli() {
			err = errors.New("the clock stands still")
		}
		return err
	}))
}

func (s shelf) fails(do effect, o order.Order, want error) {
	s.Helper()
	outcome, err := do(s.Context(), o)
	require.Zero(s, outcome)
	require.ErrorIs(s, err, want)
	var rejection *order.Rejection
	require.False(s, errors.As(err, &rejection), "an error, not a refusal")
}

func buy(id order.ID, lines ...order.Line) order.Order {
	return order.Order{ID: id, Request: order.Request{CustomerID: "cus_1", Currency: "EUR", Lines: lines}}
}

func line(sku string, quantity int64) order.Line {
	return order.Line{SKU: sku, Quantity: quantity, UnitPrice: 100}
}
