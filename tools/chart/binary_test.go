package chart_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// binary is makegood, built once for all tests, with the flags of the other
// tests' binaries: most of it is in the build cache.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "chart")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "makegood")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "./cmd/makegood")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		panic(string(out))
	}
	return m.Run()
}

var variable = regexp.MustCompile(`\$([A-Z][A-Z0-9_]*)`)

// reads lists the variables of a command, as its help shows them.
func reads(t *testing.T) func(command string) []string {
	var known sync.Map
	return func(command string) []string {
		if names, ok := known.Load(command); ok {
			return names.([]string)
		}
		out, err := exec.Command(binary, command, "--help").CombinedOutput()
		require.NoError(t, err, "%s", out)
		var names []string
		for _, match := range variable.FindAllStringSubmatch(string(out), -1) {
			names = append(names, match[1])
		}
		known.Store(command, names)
		return names
	}
}
