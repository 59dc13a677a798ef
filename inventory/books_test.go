package inventory_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
	"makegood/order"
)

// balanced wants the SKU's books to agree with each other, and to say this.
func (s shelf) balanced(sku string, onHand, held int64) {
	s.Helper()
	s.level(sku, onHand, held)
	books, err := s.Count(s.Context(), sku)
	require.NoError(s, err)
	require.Equal(s, held, books.HeldByRecords)
	require.True(s, books.Balanced())
}

// holding wants these orders to be those that hold units.
func (s shelf) holding(want ...order.ID) {
	s.Helper()
	holds, next, err := s.Holds(s.Context(), 0)
	require.NoError(s, err)
	require.Zero(s, next)
	var ids []order.ID
	for _, hold := range holds {
		require.WithinDuration(s, time.Now(), hold.Since, time.Minute)
		ids = append(ids, hold.Order)
	}
	require.ElementsMatch(s, want, ids)
}

func TestBooks(t *testing.T) {
	rows := []struct {
		name string
		run  func(s shelf)
	}{
		{"an order is among the holds until it is committed or released", func(s shelf) {
			s.holding()
			s.done(s.Reserve, buy("a", line("MUG", 1)))
			s.done(s.Reserve, buy("b", line("MUG", 2)))
			s.refused(s.Reserve, buy("short", line("MUG", 9)))
			s.holding("a", "b")
			s.balanced("MUG", 5, 3)
			s.done(s.Release, buy("a", line("MUG", 1)))
			s.holding("b")
			s.balanced("MUG", 5, 2)
			s.done(s.Commit, buy("b", line("MUG", 2)))
			s.holding()
			s.balanced("MUG", 3, 0)
		}},
		{"what is put in and what is sold leave nothing held", func(s shelf) {
			s.done(s.Reserve, buy("o", line("MUG", 1), line("MUG", 1)))
			s.done(s.Commit, buy("o", line("MUG", 1), line("MUG", 1)))
			_, err := s.adjust("MUG", 4, "delivery")
			require.NoError(s, err)
			s.balanced("MUG", 7, 0)
			_, err = s.set("MUG", 1, "counted")
			require.NoError(s, err)
			s.balanced("MUG", 1, 0)
		}},
		{"a repair of a record that has changed since it was seen is refused", func(s shelf) {
			o := buy("o", line("MUG", 2))
			repair := func(seen, to inventory.State) error {
				return s.Repair(s.Context(), inventory.DemandOf(o), seen, to, "test")
			}
			require.ErrorIs(s, repair(inventory.Held, inventory.Released), inventory.ErrChanged)
			s.done(s.Reserve, o)
			require.ErrorIs(s, repair(inventory.Unrecorded, inventory.Committed), inventory.ErrChanged)
			s.balanced("MUG", 5, 2)
			require.NoError(s, repair(inventory.Held, inventory.Committed))
			s.balanced("MUG", 3, 0)
			require.ErrorIs(s, repair(inventory.Held, inventory.Committed), inventory.ErrChanged, "a retry")
			s.balanced("MUG", 3, 0)
			s.holding()
		}},
	}
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) { row.run(newShelf(t, client, map[string]int64{"MUG": 5})) })
		}
	})
}
