package main

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the table of settings into the README")

const (
	readme = "../../README.md"
	begin  = "<!-- settings:begin -->\n"
	end    = "<!-- settings:end -->"
)

// The README's table of settings is the settings' own tags.
func TestReadmeHasEverySetting(t *testing.T) {
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found)
	table, after, found := strings.Cut(rest, end)
	require.True(t, found)
	if *update {
		require.NoError(t, os.WriteFile(readme, []byte(before+begin+settingsTable()+end+after), 0o644))
		return
	}
	require.Equal(t, settingsTable(), table, "run go test ./cmd/makegood -run Readme -update")
}

func settingsTable() string {
	var b strings.Builder
	b.WriteString("\n| setting | default | what it is |\n|---|---|---|\n")
	seen := map[string]bool{}
	for _, settings := range []any{Settings{}, SimulatorSettings{}, ClientSettings{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(settings)) {
			tag := field.Tag
			name, value := tag.Get("env"), tag.Get("default")
			if field.Anonymous || seen[name] {
				continue
			}
			seen[name] = true
			if value != "" {
				value = "`" + value + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, value, tag.Get("help"))
		}
	}
	b.WriteString("\n")
	return b.String()
}
