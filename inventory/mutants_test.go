package inventory_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mutants are mistakes that others have made in such scripts.
var mutants = []struct {
	name, file, was, is string
}{
	{"reserve skips the record check", "scripts/reserve.lua", "if values[1] then\n", "if false then\n"},
	{"reserve looks at stock before the record", "scripts/reserve.lua", "if values[1] then\n", `for i = 3, #KEYS do
  if tonumber(ARGV[i + 2]) > (tonumber(values[i - 1]) or 0) then return {'short', '0', (i - 2) .. ' 0'} end
end
if values[1] then
`},
	{"reserve ignores the fingerprint", "scripts/reserve.lua", "if record.fingerprint ~= ARGV[1] then", "if false then"},
	{"reserve forgets the index of holds", "scripts/reserve.lua", "redis.call('HSET', KEYS[1], ARGV[4], now)", ""},
	{"reserve forgets to add up lines of one SKU", "../order/order.go", "i, seen := at[l.SKU]", "i, seen := 0, false"},
	{"release leaves no tombstone", "scripts/release.lua", "local time = ", "if closed == 'fenced' then return {closed, '1', ''} end\nlocal time = "},
	{"release skips the record check", "scripts/release.lua", "if state == 'released' or state == 'fenced' then", "if false then"},
	{"release ignores the fingerprint", "scripts/release.lua", "if state and record.fingerprint ~= ARGV[1] then", "if false then"},
	{"release forgets the index of holds", "scripts/release.lua", "redis.call('HDEL', KEYS[1], ARGV[4])", ""},
	{"commit skips the record check", "scripts/commit.lua", "if record.state == 'committed' then return {'committed', string.format('%.0f', record.closed_at), ''} end\nif record.state ~= 'held' then return {'not held', '0', record.state} end", ""},
	{"commit ignores the fingerprint", "scripts/commit.lua", "if record.fingerprint ~= ARGV[1] then", "if false then"},
	{"commit leaves the units on hand", "scripts/commit.lua", "on_hand - quantity\n", "on_hand\n"},
	{"commit forgets the index of holds", "scripts/commit.lua", "redis.call('HDEL', KEYS[1], ARGV[4])", ""},
	{"commit lets its record never expire", "scripts/commit.lua", ", 'PX', ARGV[2])", ")"},
	{"adjust skips the record check", "scripts/adjust.lua", "if answer then\n", "if false then\n"},
	{"adjust forgets what was added", "scripts/adjust.lua", "redis.call('INCRBY', KEYS[5], after - before)", ""},
	{"repair forgets the index of holds", "scripts/repair.lua", "redis.call('HDEL', KEYS[1], ARGV[4])", ""},
	{"repair lets its record never expire", "scripts/repair.lua", "'}', 'PX', ARGV[2])", "'}')"},
	{"recount counts what is no hold", "scripts/recount.lua", "if record.state == 'held' then", "if record.lines then"},
	{"repair skips the record check", "scripts/repair.lua", "if (state or '') ~= seen then", "if false then"},
}

// Every mistake is caught by the tests of this package.
func TestMutantsAreCaught(t *testing.T) {
	if os.Getenv("MAKEGOOD_LONG") == "" || os.Getenv("MAKEGOOD_MUTANT") != "" {
		t.Skip("it builds and runs the tests once for each mutant: make test-all does")
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			path, err := filepath.Abs(m.file)
			require.NoError(t, err)
			source, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Contains(t, string(source), m.was)
			mutated := filepath.Join(t.TempDir(), "mutated")
			require.NoError(t, os.WriteFile(mutated, []byte(strings.ReplaceAll(string(source), m.was, m.is)), 0o600))
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: mutated}})
			require.NoError(t, err)
			file := filepath.Join(t.TempDir(), "overlay.json")
			require.NoError(t, os.WriteFile(file, overlay, 0o600))

			cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", file, "-count", "1", ".", "-rapid.nofailfile")
			cmd.Env = append(os.Environ(), "MAKEGOOD_MUTANT=1")
			said, err := cmd.CombinedOutput()
			require.Error(t, err, "nobody has caught it")
			caught := caughtBy.FindAllStringSubmatch(string(said), -1)
			require.NotEmpty(t, caught, string(said))
			var names []string
			for _, match := range caught {
				names = append(names, match[1])
			}
			slices.Sort(names)
			t.Logf("%s: caught by %s", m.name, strings.Join(slices.Compact(names), ", "))
		})
	}
}

var caughtBy = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)
