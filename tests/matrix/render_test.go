package matrix_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
)

func orderOf(c *cell) order.ID { return order.IDFromKey(c.id) }

// render is the table in Markdown: a tick for a cell that passed, a cross for
// one that failed, and for one that cannot occur the number of the reason.
func render(verdicts map[string]error) string {
	var b strings.Builder
	numbers := map[string]int{}
	var reasons []string
	next := 0
	for _, step := range steps {
		fmt.Fprintf(&b, "\n| %s | %s |\n|---|%s\n", step, joined(columns), strings.Repeat(":-:|", len(columns)))
		for _, r := range rowsOf(step) {
			fmt.Fprintf(&b, "| %s |", r.name)
			for range columns {
				c := all[next]
				next++
				switch {
				case c.reason != "":
					if numbers[c.reason] == 0 {
						reasons = append(reasons, c.reason)
						numbers[c.reason] = len(reasons)
					}
					fmt.Fprintf(&b, " %d |", numbers[c.reason])
				case verdicts[c.id] != nil:
					b.WriteString(" ✗ |")
				default:
					b.WriteString(" ✓ |")
				}
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\nA number says why the cell cannot occur:\n\n")
	for i, reason := range reasons {
		fmt.Fprintf(&b, "%d. %s\n", i+1, reason)
	}
	return b.String()
}

func joined(all []column) string {
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = string(c)
	}
	return strings.Join(words, " | ")
}

const (
	page  = "../../docs/saga.md"
	begin = "<!-- the matrix: go test ./tests/matrix -run Documented -update -->\n"
	end   = "\n<!-- end of the matrix -->"
)

// The page shows every cell as passed: TestMatrix sees to it that it is.
func TestTheDocumentedMatrixIsTheTablesOwn(t *testing.T) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found, "%s has no matrix", page)
	shown, after, found := strings.Cut(rest, end)
	require.True(t, found, "%s has no end of the matrix", page)
	want := render(nil)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(before+begin+want+end+after), 0o644))
		return
	}
	require.Equal(t, want, shown, "run go test ./tests/matrix -run Documented -update")
}
