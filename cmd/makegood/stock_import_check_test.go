package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnImportOf100000RowsWithWrongOnesChangesNothing(t *testing.T) {
	var changes atomic.Int64
	s := newShelf(t, counted(&changes))
	wrong := map[int]string{17: "a/b,1,", 50_000: "SKU-000002,1,again", 100_001: "SKU-100001,many,"}
	got := s.run(t.Context(), "import", file(t, 100_000, wrong))
	require.ErrorContains(t, got.err, "stock.csv: 3 of 100000 rows are wrong; nothing was changed")
	require.Equal(t, `line 17: sku "a/b" must be 1 to 100 letters, digits, dots, dashes or underscores, the first one a letter or digit
line 50000: sku "SKU-000002" is on line 2 too
line 100001: on_hand "many" must be a whole number, 0 to 9007199254740991
`, got.log)
	require.Empty(t, got.out)

	for line := 2; line < 2+60_000; line++ {
		wrong[line] = "A,-1,"
	}
	name := file(t, 100_000, wrong)
	got = s.run(t.Context(), "import", name)
	require.ErrorContains(t, got.err, "60001 of 100000 rows are wrong")
	require.Equal(t, 21, strings.Count(got.log, "\n"))
	require.Contains(t, got.log, "line 21: ")
	require.True(t, strings.HasSuffix(got.log, "and 59981 more; --json names all\n"))

	got = s.run(t.Context(), "import", name, "--json")
	require.Error(t, got.err)
	summary := summaryOf(t, got.out)
	require.Len(t, summary.Wrong, 60_001)
	require.Equal(t, wrongRow{100_001, `on_hand "many" must be a whole number, 0 to 9007199254740991`}, summary.Wrong[60_000])
	require.Equal(t, 100_000, summary.Left)
	require.Zero(t, changes.Load())
}

func TestADryRunOnlyChecks(t *testing.T) {
	var changes atomic.Int64
	s := newShelf(t, counted(&changes))
	got := s.run(t.Context(), "import", file(t, 100_000, nil), "--dry-run")
	require.NoError(t, got.err)
	require.Contains(t, got.out, "all 100000 rows are sound; nothing was changed")
	got = s.run(t.Context(), "import", file(t, 3, nil), "--dry-run", "--json")
	require.NoError(t, got.err)
	require.JSONEq(t, `{"rows":3,"set":0,"left":3,"refused":[],"wrong":[],"seconds":0}`, got.out)
	require.Error(t, s.run(t.Context(), "import", file(t, 3, map[int]string{2: "A"}), "--dry-run").err)
	require.Zero(t, changes.Load())
}

func TestImportsThatAreRefusedAtOnce(t *testing.T) {
	s := newShelf(t, nil)
	empty := filepath.Join(t.TempDir(), "empty.csv")
	require.NoError(t, os.WriteFile(empty, []byte("sku,on_hand\n"), 0o600))
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no file", nil, `expected "<file>"`},
		{"a file that isn't there", []string{"nowhere.csv"}, "nowhere.csv: no such file or directory"},
		{"a file without rows", []string{empty}, "empty.csv: it has no rows"},
		{"an empty key", []string{empty, "--key", ""}, "--key: must be 1 to 200 printable ASCII characters"},
		{"a key with a space", []string{empty, "--key", "a b"}, "--key: must be 1 to 200 printable ASCII characters"},
		{"a key that leaves no room", []string{empty, "--key", strings.Repeat("x", 201)}, "--key: must be 1 to 200"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := s.run(t.Context(), append([]string{"import"}, test.args...)...)
			require.ErrorContains(t, got.err, test.want)
			require.Empty(t, got.out)
		})
	}
	t.Run("the longest key is one that the gateway takes", func(t *testing.T) {
		require.NoError(t, s.run(t.Context(), "import", file(t, 1, nil), "--key", strings.Repeat("x", 200)).err)
	})
}

func TestAnImportReadsStandardInput(t *testing.T) {
	dash := &StockImportCmd{File: "-"}
	sheet, err := dash.read(t.Context(), strings.NewReader("sku,on_hand\nA,1\n"))
	require.NoError(t, err)
	require.Equal(t, []sheetRow{{Line: 2, SKU: "A", OnHand: 1}}, sheet.rows)

	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	terminal, nobody := io.Pipe()
	defer func() { _ = nobody.Close() }()
	_, err = dash.read(ctx, terminal)
	require.EqualError(t, err, "stopped before it was read; nothing was changed")
}
