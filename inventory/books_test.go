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
	require.Equal(s, onHand, books.OnHandByBooks)
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
		{"a repair that moves no units asks for no level", func(s shelf) {
			o := buy("o", line("NEVER", 2))
			require.NoError(s, s.Repair(s.Context(), inventory.DemandOf(o), inventory.Unrecorded, inventory.Released, "test"))
			require.Equal(s, order.Fenced, s.refused(s.Reserve, o).Reason)
			require.InDelta(s, (30+7)*24*time.Hour, s.keptFor("order:o"), float64(time.Minute))
		}},
		{"a repair keeps a record of its own", func(s shelf) {
			o := buy("o", line("MUG", 2))
			require.NoError(s, s.Repair(s.Context(), inventory.DemandOf(o), inventory.Unrecorded, inventory.Committed, "it was shipped"))
			keys, err := s.client.Keys(s.Context(), s.key("operation:repair-*")).Result()
			require.NoError(s, err)
			require.Len(s, keys, 1)
			record, err := s.client.HGetAll(s.Context(), keys[0]).Result()
			require.NoError(s, err)
			require.NotEmpty(s, record["at"])
			delete(record, "at")
			require.Equal(s, map[string]string{"contents": "repair", "order": "o", "from": "", "to": "committed", "reason": "it was shipped"}, record)
		}},
		{"an order that fell out of the holds is found and put back", func(s shelf) {
			o := buy("o", line("MUG", 2))
			at := s.done(s.Reserve, o).At
			require.NoError(s, s.client.HDel(s.Context(), s.key("holds"), "o").Err())
			records, err := s.Records(s.Context(), []order.ID{"o"})
			require.NoError(s, err)
			require.Equal(s, at, records[0].Since)
			require.False(s, records[0].Listed)
			require.NoError(s, s.Repair(s.Context(), records[0].Demand, inventory.Held, inventory.Held, "test"))
			s.holding("o")
			s.balanced("MUG", 5, 2)
			s.done(s.Commit, o)
			s.balanced("MUG", 3, 0)
		}},
		{"an order among the holds that holds nothing counts for nothing", func(s shelf) {
			s.done(s.Reserve, buy("o", line("MUG", 2)))
			s.done(s.Release, buy("o", line("MUG", 2)))
			require.NoError(s, s.client.HSet(s.Context(), s.key("holds"), "o", 1, "nobody", 1).Err())
			s.balanced("MUG", 5, 0)
		}},
		{"a level that somebody changed by hand is put right", func(s shelf) {
			s.done(s.Reserve, buy("o", line("MUG", 2)))
			require.NoError(s, s.client.MSet(s.Context(), s.key("available:MUG"), 7, s.key("on_hand:MUG"), 9).Err())
			differences, err := s.Differences(s.Context(), []string{"MUG", "NEVER"}, map[string]int64{"MUG": 2})
			require.NoError(s, err)
			require.Equal(s, map[string]inventory.Difference{"MUG": {OnHand: 4}}, differences)
			for range 2 { // a retry too
				_, err = s.Recount(s.Context(), "MUG", "recount-1", "counted")
				require.NoError(s, err)
				s.balanced("MUG", 5, 2)
			}
			reason, err := s.client.HGet(s.Context(), s.key("operation:recount-1"), "reason").Result()
			require.NoError(s, err)
			require.Equal(s, "counted", reason)
		}},
		{"a record that somebody spoilt is told as one", func(s shelf) {
			require.NoError(s, s.client.Set(s.Context(), s.key("order:o"), "no record", 0).Err())
			records, err := s.Records(s.Context(), []order.ID{"o", "nobody"})
			require.NoError(s, err)
			require.Equal(s, inventory.Unreadable, records[0].State)
			require.Equal(s, inventory.Unrecorded, records[1].State)
		}},
	}
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) { row.run(newShelf(t, client, map[string]int64{"MUG": 5})) })
		}
	})
}
