package api_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api"
)

func TestTheDocumentedProblemsAreThoseOfTheTable(t *testing.T) {
	text, err := os.ReadFile("../docs/problems.md")
	require.NoError(t, err)
	documented := map[string]int{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(/problems/[a-z_]+)` \\| (\\d+) \\|").FindAllSubmatch(text, -1) {
		status, err := strconv.Atoi(string(row[2]))
		require.NoError(t, err)
		documented[string(row[1])] = status
	}
	table := map[string]int{}
	for _, problem := range api.ProblemTypes {
		table[problem.URI()] = problem.Status
	}
	require.Equal(t, table, documented)
}
