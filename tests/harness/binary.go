package harness

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Binary is makegood itself, built once for a test package; under the race
// detector if the tests are.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := binaryOf()
	require.NoError(t, err)
	return path
}

func build(into string, flags ...string) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	path := filepath.Join(into, "makegood")
	args := append([]string{"build", "-buildvcs=false", "-o", path}, flags...)
	if UnderRace {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./cmd/makegood")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build makegood: %w\n%s", err, out)
	}
	return path, nil
}

// moduleRoot is the folder of go.mod: tests run in their package's folder.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the working directory")
		}
	}
}
