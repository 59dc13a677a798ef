package inventory_test

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
	"makegood/order"
)

func TestReservation(t *testing.T) {
	two := map[string]int64{"MUG": 2, "CUP": 1}
	rows := []struct {
		name string
		run  func(s shelf)
	}{
		{"a reservation holds every line and its commit takes them out", func(s shelf) {
			o := buy("o", line("MUG", 2), line("CUP", 1))
			require.Equal(s, order.Reserve, s.done(s.Reserve, o).Step)
			s.level("MUG", 2, 2)
			s.level("CUP", 1, 1)
			require.Equal(s, order.Commit, s.done(s.Commit, o).Step)
			s.level("MUG", 0, 0)
			s.level("CUP", 0, 0)
		}},
		{"a release gives the units back to the next order", func(s shelf) {
			s.done(s.Reserve, buy("o", line("MUG", 2)))
			released := s.done(s.Release, buy("o", line("MUG", 2)))
			require.Equal(s, order.Release, released.Step)
			require.False(s, released.Null)
			s.level("MUG", 2, 0)
			s.done(s.Reserve, buy("p", line("MUG", 2)))
		}},
		{"one short line holds nothing of the others", func(s shelf) {
			refusal := s.refused(s.Reserve, buy("o", line("MUG", 1), line("CUP", 5)))
			require.Equal(s, order.OutOfStock, refusal.Reason)
			require.Equal(s, order.Reserve, refusal.Step)
			s.level("MUG", 2, 0)
			s.level("CUP", 1, 0)
		}},
		{"a refusal names every short SKU with asked and available", func(s shelf) {
			s.done(s.Reserve, buy("p", line("MUG", 1)))
			refusal := s.refused(s.Reserve, buy("o", line("HAT", 3), line("CUP", 1), line("MUG", 2)))
			require.Equal(s, []order.Shortage{{SKU: "HAT", Asked: 3, Available: 0}, {SKU: "MUG", Asked: 2, Available: 1}}, refusal.Shortages)
		}},
		{"lines of one SKU are added up before stock is looked at", func(s shelf) {
			refusal := s.refused(s.Reserve, buy("o", line("MUG", 2), line("MUG", 1)))
			require.Equal(s, []order.Shortage{{SKU: "MUG", Asked: 3, Available: 2}}, refusal.Shortages)
			o := buy("p", line("MUG", 1), line("MUG", 1))
			s.done(s.Reserve, o)
			s.level("MUG", 2, 2)
			s.done(s.Commit, o)
			s.level("MUG", 0, 0)
		}},
		{"a retry of the order that took the last unit is no shortage", func(s shelf) {
			o := buy("o", line("CUP", 1))
			first := s.done(s.Reserve, o)
			s.tick()
			require.Equal(s, first, s.done(s.Reserve, o))
			s.level("CUP", 1, 1)
		}},
		{"a retry after the commit hears the reservation again", func(s shelf) {
			o := buy("o", line("CUP", 1))
			first := s.done(s.Reserve, o)
			s.tick()
			s.done(s.Commit, o)
			require.Equal(s, first, s.done(s.Reserve, o))
			s.level("CUP", 0, 0)
		}},
		{"a refusal stands though the stock came in later", func(s shelf) {
			o := buy("o", line("CUP", 2))
			first := s.refused(s.Reserve, o)
			s.tick()
			_, err := s.Adjust(s.Context(), "CUP", 5, "delivery", "")
			require.NoError(s, err)
			require.Equal(s, first, s.refused(s.Reserve, o))
			s.level("CUP", 6, 0)
		}},
		{"a repeated commit takes nothing more and says the same", func(s shelf) {
			o := buy("o", line("MUG", 1))
			s.done(s.Reserve, o)
			s.done(s.Reserve, buy("p", line("MUG", 1)))
			first := s.done(s.Commit, o)
			s.tick()
			require.Equal(s, first, s.done(s.Commit, o))
			s.level("MUG", 1, 1)
		}},
		{"a repeated release gives back nothing more and says the same", func(s shelf) {
			o := buy("o", line("MUG", 1))
			s.done(s.Reserve, o)
			s.done(s.Reserve, buy("p", line("MUG", 1)))
			first := s.done(s.Release, o)
			s.tick()
			require.Equal(s, first, s.done(s.Release, o))
			s.level("MUG", 2, 1)
		}},
		{"a reservation that arrives after its release holds nothing", func(s shelf) {
			o := buy("o", line("CUP", 1))
			tombstone := s.done(s.Release, o)
			require.True(s, tombstone.Null)
			s.tick()
			late := s.refused(s.Reserve, o)
			require.Equal(s, order.Outcome{Step: order.Reserve, At: tombstone.At, Reason: order.Fenced}, late)
			s.level("CUP", 1, 0)
			require.Equal(s, tombstone, s.done(s.Release, o))
		}},
		{"a second reservation after reserve and release holds nothing", func(s shelf) {
			o := buy("o", line("CUP", 1))
			s.done(s.Reserve, o)
			released := s.done(s.Release, o)
			require.Equal(s, order.Fenced, s.refused(s.Reserve, o).Reason)
			s.level("CUP", 1, 0)
			require.Equal(s, released, s.done(s.Release, o))
		}},
		{"the release of a refused order is null and fences it", func(s shelf) {
			o := buy("o", line("CUP", 2))
			s.refused(s.Reserve, o)
			first := s.done(s.Release, o)
			require.True(s, first.Null)
			require.Equal(s, order.Fenced, s.refused(s.Reserve, o).Reason)
			require.Equal(s, first, s.done(s.Release, o))
			s.level("CUP", 1, 0)
		}},
		{"a null release does not need the SKU to be known", func(s shelf) {
			require.True(s, s.done(s.Release, buy("o", line("HAT", 1))).Null)
		}},
		{"a release after the commit is refused, the units left", func(s shelf) {
			o := buy("o", line("MUG", 1))
			s.done(s.Reserve, o)
			first := s.done(s.Commit, o)
			s.fails(s.Release, o, inventory.ErrCommitted)
			require.Equal(s, first, s.done(s.Commit, o))
			s.level("MUG", 1, 0)
		}},
		{"a commit of an order that was never reserved takes nothing", func(s shelf) {
			s.fails(s.Commit, buy("o", line("MUG", 1)), inventory.ErrNotHeld)
			s.level("MUG", 2, 0)
			s.done(s.Reserve, buy("o", line("MUG", 1)))
		}},
		{"a commit of a released, refused or fenced order takes nothing", func(s shelf) {
			s.done(s.Reserve, buy("released", line("MUG", 1)))
			s.done(s.Release, buy("released", line("MUG", 1)))
			s.refused(s.Reserve, buy("short", line("MUG", 9)))
			s.done(s.Release, buy("fenced", line("MUG", 1)))
			s.fails(s.Commit, buy("released", line("MUG", 1)), inventory.ErrNotHeld)
			s.fails(s.Commit, buy("short", line("MUG", 9)), inventory.ErrNotHeld)
			s.fails(s.Commit, buy("fenced", line("MUG", 1)), inventory.ErrNotHeld)
			s.level("MUG", 2, 0)
		}},
		{"another body under a held order's key changes nothing", func(s shelf) {
			s.done(s.Reserve, buy("o", line("MUG", 1)))
			other := buy("o", line("MUG", 2))
			s.fails(s.Reserve, other, order.ErrFingerprint)
			s.fails(s.Commit, other, order.ErrFingerprint)
			s.fails(s.Release, other, order.ErrFingerprint)
			s.level("MUG", 2, 1)
			s.done(s.Commit, buy("o", line("MUG", 1)))
		}},
		{"another body under a tombstone's or a refusal's key is an error too", func(s shelf) {
			s.done(s.Release, buy("fenced", line("MUG", 1)))
			s.refused(s.Reserve, buy("short", line("MUG", 9)))
			s.fails(s.Reserve, buy("fenced", line("MUG", 2)), order.ErrFingerprint)
			s.fails(s.Release, buy("fenced", line("MUG", 2)), order.ErrFingerprint)
			s.fails(s.Reserve, buy("short", line("MUG", 1)), order.ErrFingerprint)
			s.fails(s.Release, buy("short", line("MUG", 1)), order.ErrFingerprint)
		}},
		{"a hundred lines are one reservation", func(s shelf) {
			o := buy("o")
			for range inventory.MaxLines {
				o.Lines = append(o.Lines, line("MANY", 1_000_000))
			}
			_, err := s.Set(s.Context(), "MANY", inventory.MaxUnits, "fill", "")
			require.NoError(s, err)
			s.done(s.Reserve, o)
			s.level("MANY", inventory.MaxUnits, 100_000_000)
			s.done(s.Commit, o)
			s.level("MANY", inventory.MaxUnits-100_000_000, 0)
		}},
		{"numbers stay exact up to the limit", func(s shelf) {
			_, err := s.Set(s.Context(), "MANY", inventory.MaxUnits, "fill", "")
			require.NoError(s, err)
			s.done(s.Reserve, buy("o", line("MANY", inventory.MaxUnits-2)))
			s.level("MANY", inventory.MaxUnits, inventory.MaxUnits-2)
			refusal := s.refused(s.Reserve, buy("p", line("MANY", 3)))
			require.Equal(s, []order.Shortage{{SKU: "MANY", Asked: 3, Available: 2}}, refusal.Shortages)
			s.done(s.Commit, buy("o", line("MANY", inventory.MaxUnits-2)))
			s.level("MANY", 2, 0)
			_, err = s.Set(s.Context(), "MANY", inventory.MaxUnits-1, "refill", "")
			require.NoError(s, err)
			refusal = s.refused(s.Reserve, buy("q", line("MANY", inventory.MaxUnits)))
			require.EqualValues(s, inventory.MaxUnits-1, refusal.Shortages[0].Available)
		}},
	}
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) { row.run(newShelf(t, client, two)) })
		}
	})
}

func TestAnImpossibleOrderNeverReachesTheStock(t *testing.T) {
	many := buy("o")
	for range inventory.MaxLines + 1 {
		many.Lines = append(many.Lines, line("MUG", 1))
	}
	rows := []struct {
		name string
		o    order.Order
	}{
		{"no lines", buy("o")},
		{"more than a hundred lines", many},
		{"a quantity of zero", buy("o", line("MUG", 0))},
		{"a quantity below zero", buy("o", line("MUG", 2), line("MUG", -1))},
		{"a quantity beyond the limit", buy("o", line("MUG", inventory.MaxUnits+1))},
		{"quantities whose sum is beyond the limit", buy("o", line("MUG", inventory.MaxUnits), line("MUG", 1))},
	}
	s := newShelf(t, open(t, "redis://"+embedded().Addr()), map[string]int64{"MUG": 2})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			for _, do := range []effect{s.Reserve, s.Commit, s.Release} {
				_, err := do(t.Context(), row.o)
				require.Error(t, err)
			}
			_, err := s.Shortages(t.Context(), row.o.Lines)
			require.Error(t, err)
			s.level("MUG", 2, 0)
		})
	}
}
