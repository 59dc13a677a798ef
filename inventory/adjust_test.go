package inventory_test

import (
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
)

func (s shelf) set(sku string, onHand int64, operation string) (inventory.Level, error) {
	return s.Set(s.Context(), sku, onHand, operation, "counted")
}

func (s shelf) adjust(sku string, delta int64, operation string) (inventory.Level, error) {
	return s.Adjust(s.Context(), sku, delta, operation, "delivery")
}

func TestChangesOfStock(t *testing.T) {
	rows := []struct {
		name string
		run  func(s shelf)
	}{
		{"a set makes a SKU known", func(s shelf) {
			level, err := s.set("HAT", 0, "op")
			require.NoError(s, err)
			require.Equal(s, inventory.Level{SKU: "HAT"}, level)
			s.level("HAT", 0, 0)
		}},
		{"a positive adjustment makes a SKU known", func(s shelf) {
			level, err := s.adjust("HAT", 3, "op")
			require.NoError(s, err)
			require.Equal(s, inventory.Level{SKU: "HAT", OnHand: 3, Available: 3}, level)
		}},
		{"nothing can be taken from an unknown SKU", func(s shelf) {
			for _, delta := range []int64{0, -1} {
				_, err := s.adjust("HAT", delta, "op "+strconv.FormatInt(delta, 10))
				require.ErrorIs(s, err, inventory.ErrUnknownSKU)
			}
			_, err := s.Level(s.Context(), "HAT")
			require.ErrorIs(s, err, inventory.ErrUnknownSKU)
		}},
		{"a set counts what is held as on hand", func(s shelf) {
			s.done(s.Reserve, buy("o", line("MUG", 2)))
			level, err := s.set("MUG", 2, "op")
			require.NoError(s, err)
			require.Equal(s, inventory.Level{SKU: "MUG", OnHand: 2, Held: 2}, level)
		}},
		{"neither takes on hand below held", func(s shelf) {
			s.done(s.Reserve, buy("o", line("MUG", 2)))
			_, err := s.set("MUG", 1, "set")
			require.ErrorIs(s, err, inventory.ErrBelowHeld)
			_, err = s.adjust("MUG", -4, "adjust")
			require.ErrorIs(s, err, inventory.ErrBelowHeld)
			s.level("MUG", 5, 2)
			_, err = s.adjust("MUG", -3, "just enough")
			require.NoError(s, err)
			s.level("MUG", 2, 2)
		}},
		{"an adjustment takes away no more than there is", func(s shelf) {
			_, err := s.adjust("MUG", -6, "op")
			require.ErrorIs(s, err, inventory.ErrBelowZero)
			s.level("MUG", 5, 0)
		}},
		{"an adjustment takes effect once an operation", func(s shelf) {
			first, err := s.adjust("MUG", 2, "op")
			require.NoError(s, err)
			_, err = s.adjust("MUG", 1, "another")
			require.NoError(s, err)
			again, err := s.adjust("MUG", 2, "op")
			require.NoError(s, err)
			require.Equal(s, first, again)
			s.level("MUG", 8, 0)
		}},
		{"a set repeated after a sale does not bring the sold units back", func(s shelf) {
			first, err := s.set("MUG", 7, "op")
			require.NoError(s, err)
			s.done(s.Reserve, buy("o", line("MUG", 2)))
			s.done(s.Commit, buy("o", line("MUG", 2)))
			again, err := s.set("MUG", 7, "op")
			require.NoError(s, err)
			require.Equal(s, first, again)
			s.level("MUG", 5, 0)
		}},
		{"a refused change stays refused", func(s shelf) {
			s.done(s.Reserve, buy("o", line("MUG", 5)))
			_, first := s.set("MUG", 4, "op")
			require.ErrorIs(s, first, inventory.ErrBelowHeld)
			s.done(s.Release, buy("o", line("MUG", 5)))
			_, again := s.set("MUG", 4, "op")
			require.EqualError(s, again, first.Error())
			s.level("MUG", 5, 0)
		}},
		{"an operation id stands for one change", func(s shelf) {
			_, err := s.adjust("MUG", 2, "op")
			require.NoError(s, err)
			for _, other := range []func() (inventory.Level, error){
				func() (inventory.Level, error) { return s.adjust("MUG", 3, "op") },
				func() (inventory.Level, error) { return s.adjust("CUP", 2, "op") },
				func() (inventory.Level, error) { return s.Set(s.Context(), "MUG", 2, "op", "delivery") },
				func() (inventory.Level, error) { return s.Adjust(s.Context(), "MUG", 2, "op", "theft") },
			} {
				_, err := other()
				require.ErrorIs(s, err, inventory.ErrOperationReused)
			}
			s.level("MUG", 7, 0)
		}},
		{"on hand has a limit, reached exactly and never passed", func(s shelf) {
			for i, change := range []func(op string) (inventory.Level, error){
				func(op string) (inventory.Level, error) { return s.set("MUG", -1, op) },
				func(op string) (inventory.Level, error) { return s.set("MUG", inventory.MaxUnits+1, op) },
				func(op string) (inventory.Level, error) { return s.adjust("MUG", inventory.MaxUnits-4, op) },
				func(op string) (inventory.Level, error) { return s.adjust("MUG", inventory.MaxUnits, op) },
			} {
				_, err := change("op " + strconv.Itoa(i))
				require.ErrorIs(s, err, inventory.ErrLimit)
			}
			s.level("MUG", 5, 0)
			_, err := s.adjust("MUG", inventory.MaxUnits-5, "exactly")
			require.NoError(s, err)
			s.level("MUG", inventory.MaxUnits, 0)
			_, err = s.adjust("MUG", -inventory.MaxUnits, "all of it")
			require.NoError(s, err)
			s.level("MUG", 0, 0)
		}},
		{"a change needs a SKU and an operation id", func(s shelf) {
			_, err := s.set("", 1, "op")
			require.ErrorContains(s, err, "needs a SKU")
			_, err = s.adjust("MUG", 1, "")
			require.ErrorContains(s, err, "operation id")
			s.level("MUG", 5, 0)
		}},
	}
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) { row.run(newShelf(t, client, map[string]int64{"MUG": 5})) })
		}
	})
}
