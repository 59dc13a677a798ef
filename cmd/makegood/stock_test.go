package main

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
)

// The commands speak to the real gateway over HTTP; each line goes on from
// what the one before it left.
func TestStockCommands(t *testing.T) {
	s := newShelf(t, nil)
	const header = "SKU       ON HAND  HELD  AVAILABLE\n"
	tests := []struct {
		name string
		args []string
		want string // what is printed; of an error, what it says
	}{
		{"a SKU that was never in stock", []string{"get", "MUG-BLUE"}, "get stock of MUG-BLUE: this SKU was never in stock (not_found, HTTP 404)"},
		{"set makes it known", []string{"set", "MUG-BLUE", "10"}, header + "MUG-BLUE  10       0     10\n"},
		{"a sign takes away", []string{"adjust", "MUG-BLUE", "-3"}, header + "MUG-BLUE  7        0     7\n"},
		{"flags may stand before the units", []string{"adjust", "--reason", "broken", "MUG-BLUE", "-1"}, header + "MUG-BLUE  6        0     6\n"},
		{"flags may follow the units", []string{"adjust", "MUG-BLUE", "-1", "--reason", "broken", "--key", "k1"}, header + "MUG-BLUE  5        0     5\n"},
		{"a key is good for one change", []string{"adjust", "MUG-BLUE", "-1", "--reason", "broken", "--key", "k1"}, header + "MUG-BLUE  5        0     5\n"},
		{"a plus is a number too", []string{"adjust", "MUG-BLUE", "+2"}, header + "MUG-BLUE  7        0     7\n"},
		{"JSON for scripts", []string{"get", "MUG-BLUE", "--json"}, `{"sku":"MUG-BLUE","on_hand":7,"held":0,"available":7}` + "\n"},
		{"more than there is can't be taken", []string{"adjust", "MUG-BLUE", "-8"}, "on hand can't be less than 0: there are 7 (below_zero, HTTP 409)"},
		{"more than fits can't be added", []string{"adjust", "MUG-BLUE", "+9007199254740991"}, "delta must leave at most 9007199254740991 on hand (validation, HTTP 422)"},
		{"a SKU with a slash", []string{"get", "a/b"}, "get stock of a/b: sku must be letters, digits, dot, dash or underscore, beginning with a letter or digit (validation, HTTP 422)"},
		{"units that are no number", []string{"set", "MUG-BLUE", "ten"}, `"ten" is no number of units`},
		{"units below nothing", []string{"set", "MUG-BLUE", "-1"}, "on_hand must be at least 0 (validation, HTTP 422)"},
		{"a flag that doesn't exist is still one", []string{"get", "MUG-BLUE", "-x"}, "unknown flag -x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := s.run(t.Context(), test.args...)
			if got.err != nil {
				require.ErrorContains(t, got.err, test.want)
				require.Empty(t, got.out)
				return
			}
			require.Equal(t, test.want, got.out)
		})
	}
}

func TestStockIsListedToItsEnd(t *testing.T) {
	s := newShelf(t, nil)
	const header = "SKU                                      ON HAND              HELD         AVAILABLE\n"
	got := s.run(t.Context(), "list")
	require.NoError(t, got.err)
	require.Equal(t, header, got.out)

	const skus = 2*client.LongestStockPage + 1
	require.NoError(t, s.run(t.Context(), "import", file(t, skus, nil)).err)
	got = s.run(t.Context(), "list")
	require.NoError(t, got.err)
	require.Empty(t, got.log)
	lines := strings.SplitAfter(got.out, "\n")
	require.Len(t, lines, 1+skus+1)
	require.Equal(t, header, lines[0])
	require.Equal(t, "SKU-000002                                     2                 0                 2\n", lines[1])
	require.Equal(t, "SKU-002002                                  2002                 0              2002\n", lines[skus])

	for limit, more := range map[int]bool{1: true, client.LongestStockPage + 5: true, skus: false, skus + 1: false} {
		got = s.run(t.Context(), "list", "--json", "--limit", strconv.Itoa(limit))
		require.NoError(t, got.err)
		require.Equal(t, min(limit, skus), strings.Count(got.out, "\n"))
		require.True(t, strings.HasPrefix(got.out, `{"sku":"SKU-000002","on_hand":2,"held":0,"available":2}`+"\n"))
		require.Equal(t, more, strings.Contains(s.run(t.Context(), "list", "--limit", strconv.Itoa(limit)).log, "there are more"))
	}
	for _, limit := range []string{"0", "-1"} {
		require.ErrorContains(t, s.run(t.Context(), "list", "--limit="+limit).err, "--limit must be at least 1")
	}
}
