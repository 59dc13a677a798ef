package replay_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// replay runs the command to its end against the system's namespace.
func replay(t *testing.T, binary string, s *harness.System, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return command(t, binary, []string{"TEMPORAL_ADDRESS=" + s.ToTemporal.Address, "TEMPORAL_NAMESPACE=" + s.Namespace}, args...)
}

func command(t *testing.T, binary string, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return harness.Run(t, binary, env, append([]string{"replay"}, args...)...)
}

// summary is the last line of --json, and broken each before it.
type (
	summary struct{ Replayed, Open, Broken int }
	broken  struct {
		WorkflowID order.ID `json:"workflow_id"`
		Status     string
		Reason     string
	}
)

func summaryOf(t *testing.T, out string) (last summary) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &last), out)
	return last
}

func brokenIn(t *testing.T, out string) (all []broken) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for _, line := range lines[:len(lines)-1] {
		var one broken
		require.NoError(t, json.Unmarshal([]byte(line), &one), line)
		all = append(all, one)
	}
	return all
}

func TestBadInputIsOneClearLine(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	here := []string{"TEMPORAL_ADDRESS=" + s.ToTemporal.Address, "TEMPORAL_NAMESPACE=" + s.Namespace}
	for name, bad := range map[string]struct {
		env  []string
		args []string
		says string
	}{
		"a query that is none":                {here, []string{"--query", "orders of yesterday"}, "--query"},
		"a query by what is no attribute":     {here, []string{"--query", "Color = 'red'"}, "Color"},
		"a query that leaves its parentheses": {here, []string{"--query", "SagaStatus = 'placed') OR (Color = 'red'"}, "--query"},
		"a time that is none":                 {here, []string{"--since", "yesterday"}, `--since: "yesterday" is neither a duration such as 24h nor a time such as`},
		"a time ago that lies ahead":          {here, []string{"--since", "-1h"}, "--since"},
		"an argument that nobody reads":       {here, []string{"ord_1"}, "ord_1"},
		"a server that does not answer":       {[]string{"TEMPORAL_ADDRESS=127.0.0.1:1"}, nil, "TEMPORAL_ADDRESS 127.0.0.1:1 did not answer"},
		"a namespace that there is not":       {[]string{here[0], "TEMPORAL_NAMESPACE=nowhere"}, nil, "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, stderr, code := command(t, harness.Binary(t), bad.env, bad.args...)
			require.Equal(t, 1, code, "%s%s", out, stderr)
			require.Empty(t, out)
			require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
			require.Contains(t, stderr, "makegood: ")
			require.Contains(t, stderr, bad.says)
		})
	}
	out, stderr, code := command(t, harness.Binary(t), here)
	require.Zero(t, code, stderr)
	require.Regexp(t, "^(no history was found, so nothing was checked|histories: [0-9]+ replay, .*)\n$", out)
}
