package inventory_test

import (
	"encoding/json"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/inventory"
	"makegood/order"
)

func TestALookAtStockSaysWhatAReserveWouldSay(t *testing.T) {
	rows := []struct {
		name  string
		lines []order.Line
	}{
		{"enough of all", []order.Line{line("MUG", 3), line("CUP", 1)}},
		{"one short", []order.Line{line("MUG", 3), line("CUP", 2)}},
		{"unknown is out of stock", []order.Line{line("HAT", 1), line("MUG", 1)}},
		{"lines of one SKU are added up", []order.Line{line("MUG", 2), line("CUP", 1), line("MUG", 2)}},
		{"what is held is not available", []order.Line{line("HELD", 1)}},
	}
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				s := newShelf(t, client, map[string]int64{"MUG": 3, "CUP": 1, "HELD": 1})
				s.done(s.Reserve, buy("p", line("HELD", 1)))
				short, err := s.Shortages(t.Context(), row.lines)
				require.NoError(t, err)
				_, err = s.Reserve(t.Context(), buy("o", row.lines...))
				if len(short) == 0 {
					require.NoError(t, err)
					return
				}
				var rejection *order.Rejection
				require.ErrorAs(t, err, &rejection)
				require.Equal(t, rejection.Outcome.Shortages, short)
			})
		}
	})
}

func TestLevelsPageThroughEverySKUInOrder(t *testing.T) {
	onEach(t, func(t *testing.T, client redis.UniversalClient) {
		s := newShelf(t, client, map[string]int64{"a": 1, "B": 2, "c": 3, "D": 4, "e.1": 5})
		s.done(s.Reserve, buy("o", line("c", 2)))
		var got []inventory.Level
		cursor, pages := "", 0
		for {
			levels, next, err := s.Levels(t.Context(), cursor, 2)
			require.NoError(t, err)
			got = append(got, levels...)
			pages++
			if next == "" {
				break
			}
			cursor = next
		}
		require.Equal(t, 3, pages)
		require.Equal(t, []inventory.Level{
			{SKU: "B", OnHand: 2, Available: 2}, {SKU: "D", OnHand: 4, Available: 4}, {SKU: "a", OnHand: 1, Available: 1},
			{SKU: "c", OnHand: 3, Held: 2, Available: 1}, {SKU: "e.1", OnHand: 5, Available: 5},
		}, got)

		for _, cursor := range []string{"A", "b", "z"} { // before, between and after them
			_, _, err := s.Levels(t.Context(), cursor, 2)
			require.ErrorIs(t, err, inventory.ErrCursor, cursor)
		}

		empty := newShelf(t, client, nil)
		levels, next, err := empty.Levels(t.Context(), "", 2)
		require.NoError(t, err)
		require.Empty(t, levels)
		require.Empty(t, next)
	})
}

func TestALevelIsWrittenAsTheAPIAnswersIt(t *testing.T) {
	text, err := json.Marshal(inventory.Level{SKU: "MUG", OnHand: 3, Held: 1, Available: 2})
	require.NoError(t, err)
	require.JSONEq(t, `{"sku":"MUG","on_hand":3,"held":1,"available":2}`, string(text))
}
