package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
)

// file writes a sheet of n SKUs, each with one unit more than its number, and
// puts the given lines in place of its own.
func file(t testing.TB, n int, instead map[int]string) string {
	t.Helper()
	text := bytes.NewBufferString("\ufeffsku,on_hand,reason\r\n")
	for line := 2; line < n+2; line++ {
		if other, given := instead[line]; given {
			fmt.Fprintf(text, "%s\r\n", other)
		} else {
			fmt.Fprintf(text, "SKU-%06d,%d,stocktaking\r\n", line, line)
		}
	}
	name := filepath.Join(t.TempDir(), "stock.csv")
	require.NoError(t, os.WriteFile(name, text.Bytes(), 0o600))
	return name
}

func summaryOf(t testing.TB, text string) importSummary {
	t.Helper()
	var s importSummary
	require.NoError(t, json.Unmarshal([]byte(text), &s), text)
	return s
}

// counted counts the changes that reach the gateway.
func counted(changes *atomic.Int64) func(http.Handler) http.Handler {
	return func(gateway http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				changes.Add(1)
			}
			gateway.ServeHTTP(w, r)
		})
	}
}

func TestAnImportSetsEveryRow(t *testing.T) {
	s := newShelf(t, nil)
	name := file(t, 500, nil)
	got := s.run(t.Context(), "import", name)
	require.NoError(t, got.err)
	require.Regexp(t, `^500 of 500 rows set, 0 refused, in `, got.out)
	require.Regexp(t, `^importing 500 rows of \S+stock.csv; if it breaks off, go on with --key [A-Z2-7]{26}\n`, got.log)
	levels, _, err := s.stock.Levels(t.Context(), "", 1000)
	require.NoError(t, err)
	require.Len(t, levels, 500)
	for i, level := range levels {
		require.Equal(t, fmt.Sprintf("SKU-%06d", i+2), level.SKU)
		require.Equal(t, int64(i+2), level.OnHand)
	}

	_, err = s.stock.Adjust(t.Context(), "SKU-000007", -3, "sold", "")
	require.NoError(t, err)
	require.NoError(t, s.run(t.Context(), "import", name).err)
	require.Equal(t, int64(7), s.onHand("SKU-000007"), "the next import of the same file is a new one")
}

func TestARowThatTheGatewayRefusesStopsNoOther(t *testing.T) {
	s := newShelf(t, nil)
	for _, sku := range []string{"HELD-1", "HELD-2"} {
		_, err := s.stock.Set(t.Context(), sku, 5, "first "+sku, "")
		require.NoError(t, err)
	}
	_, err := s.stock.Reserve(t.Context(), order.Order{ID: "ord_1", Request: order.Request{
		Lines: []order.Line{{SKU: "HELD-1", Quantity: 2}, {SKU: "HELD-2", Quantity: 2}},
	}})
	require.NoError(t, err)
	name := file(t, 100, map[int]string{3: "HELD-2,1,", 90: "HELD-1,0,"})

	got := s.run(t.Context(), "import", name)
	require.EqualError(t, got.err, "some rows were refused; under this key they stay so: once what is in their way is gone, import them under a new one")
	require.Regexp(t, `^98 of 100 rows set, 2 refused, in `, got.out)
	const why = "on hand can't be less than what is held for orders: 2 held, 5 on hand (below_held, HTTP 409)"
	require.Contains(t, got.log, "\nline 3: HELD-2 refused: "+why+"\nline 90: HELD-1 refused: "+why+"\n")
	require.Equal(t, int64(5), s.onHand("HELD-1"))
	require.Equal(t, int64(101), s.onHand("SKU-000101"))

	got = s.run(t.Context(), "import", name, "--json")
	require.Error(t, got.err)
	summary := summaryOf(t, got.out)
	require.NotEmpty(t, summary.Key)
	require.Equal(t, []refusedRow{
		{sheetRow: sheetRow{Line: 3, SKU: "HELD-2", OnHand: 1}, Problem: "below_held", Why: why},
		{sheetRow: sheetRow{Line: 90, SKU: "HELD-1"}, Problem: "below_held", Why: why},
	}, summary.Refused)
	require.Equal(t, [4]int{100, 98, 0, 0}, [4]int{summary.Rows, summary.Set, summary.Left, len(summary.Wrong)})
}

func TestAnImportThatBrokeOffIsGoneOnWithAndActsOnce(t *testing.T) {
	const rows = 2000
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var changes atomic.Int64
	s := newShelf(t, func(gateway http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if changes.Add(1) == rows/2 {
				interrupt()
			}
			gateway.ServeHTTP(w, r)
		})
	})
	name := file(t, rows, nil)
	broken := s.run(ctx, "import", name, "--json", "--key", "stocktaking-1")
	summary := summaryOf(t, broken.out)
	require.Equal(t, "stocktaking-1", summary.Key)
	require.EqualError(t, broken.err, fmt.Sprintf("stopped with %d rows left; run it again with --key stocktaking-1 to go on", summary.Left))
	require.Equal(t, rows, summary.Set+summary.Left)
	require.InDelta(t, rows/2, summary.Set, 2*importAtOnce)
	done, _, err := s.stock.Levels(t.Context(), "", rows)
	require.NoError(t, err)
	require.Len(t, done, summary.Set, "what was on its way was finished, and counted")

	sold := done[0]
	_, err = s.stock.Adjust(t.Context(), sold.SKU, -1, "sold", "")
	require.NoError(t, err)
	// A mended file is gone on with as well.
	var mended int
	for i, level := range done[1:] {
		if level.SKU != fmt.Sprintf("SKU-%06d", i+3) {
			break
		}
		mended = i + 3
	}
	changed := file(t, rows, map[int]string{mended: fmt.Sprintf("SKU-%06d,7,counted again", mended)})
	again := s.run(t.Context(), "import", changed, "--key", "stocktaking-1")
	require.NoError(t, again.err)
	require.Regexp(t, `^2000 of 2000 rows set, 0 refused`, again.out)
	require.Equal(t, sold.OnHand-1, s.onHand(sold.SKU), "a row that was done is not done again")
	require.Equal(t, int64(7), s.onHand(fmt.Sprintf("SKU-%06d", mended)))
	for line := mended + 1; line < rows+2; line++ {
		require.Equal(t, int64(line), s.onHand(fmt.Sprintf("SKU-%06d", line)))
	}
}
