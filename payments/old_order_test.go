package payments_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
)

// older is the order as if it had been placed earlier: its key may be forgotten.
func older(o order.Order, age time.Duration) order.Order {
	o.PlacedAt = time.Now().Add(-age).UTC()
	return o
}

func TestAnOldOrderIsLookedUpAndNeverCreated(t *testing.T) {
	t.Run("its charge is found", func(t *testing.T) {
		w := newWorld(t)
		o := paidWith("pm_card_visa")
		first, err := w.Charge(t.Context(), o)
		require.NoError(t, err)
		again, err := w.Charge(t.Context(), older(o, 30*time.Hour))
		require.NoError(t, err)
		require.Equal(t, first, again)
	})
	t.Run("its charge is found and refunded", func(t *testing.T) {
		w := newWorld(t)
		o := paidWith("pm_card_visa")
		_, err := w.Charge(t.Context(), o)
		require.NoError(t, err)
		outcome, err := w.Refund(t.Context(), older(o, 30*time.Hour))
		require.NoError(t, err)
		require.EqualValues(t, 2500, outcome.Amount)
	})
	t.Run("another body under its id is a hard error", func(t *testing.T) {
		w := newWorld(t)
		o := paidWith("pm_card_visa")
		_, err := w.Charge(t.Context(), o)
		require.NoError(t, err)
		o.Email = "eve@example.com"
		_, err = w.Charge(t.Context(), older(o, 30*time.Hour))
		require.ErrorIs(t, err, order.ErrFingerprint)
	})
	t.Run("without an intent it is rejected, with the same time each time", func(t *testing.T) {
		w := newWorld(t)
		o := older(paidWith("pm_card_visa"), 25*time.Hour)
		for range 2 {
			outcome, err := w.Charge(t.Context(), o)
			refused := rejected(t, outcome, err)
			require.Equal(t, order.PaymentDeclined, refused.Reason)
			require.Equal(t, o.PlacedAt.Add(24*time.Hour), refused.At)
		}
		outcome, err := w.Refund(t.Context(), o)
		require.NoError(t, err)
		require.True(t, outcome.Null)
		intents, _ := w.books(t, o.ID)
		require.Empty(t, intents)
	})
	t.Run("without an intent it waits while one could still arrive", func(t *testing.T) {
		w := newWorld(t)
		o := older(paidWith("pm_card_visa"), 23*time.Hour+30*time.Minute)
		_, err := w.Charge(t.Context(), o)
		require.ErrorContains(t, err, "too young to rule one out")
		_, err = w.Refund(t.Context(), o)
		require.ErrorContains(t, err, "too young to rule one out")
	})
}
