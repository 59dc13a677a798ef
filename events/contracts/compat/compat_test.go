package compat_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"makegood/events/contracts"
	"makegood/events/contracts/compat"
)

func TestEachBreakingChangeOfEachMemberIsRefused(t *testing.T) {
	made := map[string]int{}
	for _, c := range contracts.All() {
		for i, where := range places(t, c) {
			for name, mutation := range breaking {
				schema := decode(t, c)
				p := placesOf(schema, "")[i]
				if !mutation.change(p) {
					continue
				}
				made[name]++
				breaks := check(t, c, schema)
				require.NotEmpty(t, breaks, "%s: %s: %s passes", c.Name(), where, name)
				var lines []string
				for _, b := range breaks {
					lines = append(lines, b.String())
				}
				text := strings.Join(lines, "\n")
				require.Contains(t, text, c.Name()+": "+where, name)
				require.Contains(t, text, mutation.why, "%s: %s: %s", c.Name(), where, name)
			}
		}
	}
	for name := range breaking {
		require.NotZero(t, made[name], "%s was never tried", name)
	}
}

func TestEachHarmlessChangeOfEachMemberPasses(t *testing.T) {
	made := map[string]int{}
	for _, c := range contracts.All() {
		for i, where := range places(t, c) {
			for name, change := range harmless {
				schema := decode(t, c)
				if !change(placesOf(schema, "")[i]) {
					continue
				}
				made[name]++
				require.Empty(t, check(t, c, schema), "%s: %s: %s", c.Name(), where, name)
			}
		}
	}
	for name := range harmless {
		require.NotZero(t, made[name], "%s was never tried", name)
	}
}

func TestAContractAsAWhole(t *testing.T) {
	for _, c := range contracts.All() {
		for name, row := range map[string]struct {
			change func(now fstest.MapFS, file string, schema object)
			says   string // empty of what passes
		}{
			"stays as it is": {func(fstest.MapFS, string, object) {}, ""},
			"is gone":        {func(now fstest.MapFS, file string, _ object) { delete(now, file) }, "was released and is gone"},
			"has another id": {func(now fstest.MapFS, file string, s object) { s["$id"] = "https://example.com"; put(now, file, s) }, "$id must be " + c.URI()},
			"is of another $schema": {func(now fstest.MapFS, file string, s object) {
				s["$schema"] = "http://json-schema.org/draft-07/schema"
				put(now, file, s)
			}, "$schema was"},
			"means something else": {func(now fstest.MapFS, file string, s object) { s["description"] = "Other."; put(now, file, s) }, "meaning and unit"},
			"forbids what is to come": {func(now fstest.MapFS, file string, s object) {
				s["additionalProperties"] = false
				put(now, file, s)
			}, "keyword additionalProperties"},
			"is deprecated": {func(now fstest.MapFS, file string, s object) { s["deprecated"] = true; put(now, file, s) }, ""},
			"has a version 2 beside it": {func(now fstest.MapFS, _ string, s object) {
				s["$id"] = strings.TrimSuffix(c.URI(), "1") + "2"
				s["properties"] = object{"all": object{"type": "boolean"}}
				put(now, c.Type+".2.json", s)
			}, ""},
			"becomes a version 2": {func(now fstest.MapFS, file string, s object) {
				s["$id"] = strings.TrimSuffix(c.URI(), "1") + "2"
				put(now, c.Type+".2.json", s)
				delete(now, file)
			}, "was released and is gone"},
			"has a new type beside it": {func(now fstest.MapFS, _ string, s object) {
				s["$id"] = "https://makegood.dev/schemas/order.lost/1"
				put(now, "order.lost.1.json", s)
			}, ""},
			"has a new type that can't be checked beside it": {func(now fstest.MapFS, _ string, s object) {
				s["$id"], s["oneOf"] = "https://makegood.dev/schemas/order.lost/1", []any{}
				put(now, "order.lost.1.json", s)
			}, "order.lost/1: keyword oneOf"},
		} {
			now := fstest.MapFS{}
			put(now, fileOf(c), decode(t, c))
			row.change(now, fileOf(c), decode(t, c))
			breaks, err := compat.Check(released(t, c), now)
			require.NoError(t, err)
			if row.says == "" {
				require.Empty(t, breaks, "%s %s", c.Name(), name)
				continue
			}
			require.Len(t, breaks, 1, "%s %s", c.Name(), name)
			require.Contains(t, breaks[0].String(), row.says, "%s %s", c.Name(), name)
		}
	}
}

func TestNothingReleasedIsNoPass(t *testing.T) {
	_, err := compat.Check(fstest.MapFS{}, fstest.MapFS{})
	require.ErrorContains(t, err, "no released contracts")
}

func TestThisRepositoryBreaksNoReleasedContract(t *testing.T) {
	breaks, err := compat.Check(os.DirFS("../released"), os.DirFS(".."))
	require.NoError(t, err)
	require.Empty(t, breaks)
}

func check(t *testing.T, c contracts.Contract, now object) []compat.Break {
	t.Helper()
	current := fstest.MapFS{}
	put(current, fileOf(c), now)
	breaks, err := compat.Check(released(t, c), current)
	require.NoError(t, err)
	return breaks
}

func released(t *testing.T, c contracts.Contract) fstest.MapFS {
	t.Helper()
	return fstest.MapFS{fileOf(c): &fstest.MapFile{Data: c.Schema}}
}

func fileOf(c contracts.Contract) string { return strings.ReplaceAll(c.Name(), "/", ".") + ".json" }

func put(files fstest.MapFS, name string, schema object) {
	text, err := json.Marshal(schema)
	if err != nil {
		panic(err)
	}
	files[name] = &fstest.MapFile{Data: text}
}

func decode(t *testing.T, c contracts.Contract) object {
	t.Helper()
	var schema object
	require.NoError(t, json.Unmarshal(c.Schema, &schema))
	return schema
}

// places lists the paths of every member of the contract.
func places(t *testing.T, c contracts.Contract) []string {
	t.Helper()
	var paths []string
	for _, p := range placesOf(decode(t, c), "") {
		paths = append(paths, p.path)
	}
	require.NotEmpty(t, paths)
	return paths
}
