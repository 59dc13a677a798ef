package servers_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/servers"
)

func TestTemporalBinary(t *testing.T) {
	t.Run("prefers temporal from PATH", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "temporal")
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700))
		t.Setenv("PATH", dir)

		found, err := servers.TemporalBinary(context.Background(), nil)

		require.NoError(t, err)
		require.Equal(t, path, found)
	})
	t.Run("says what to install where there is no checkout and no Go", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		t.Chdir(t.TempDir())

		_, err := servers.TemporalBinary(context.Background(), nil)

		require.ErrorContains(t, err, "install the Temporal CLI")
	})
	t.Run("says what to install where there is no Go", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		t.Setenv("XDG_CACHE_HOME", t.TempDir())

		_, err := servers.TemporalBinary(context.Background(), nil)

		require.ErrorContains(t, err, "no go to build it with")
	})
	t.Run("builds in the checkout, and tells what went wrong", func(t *testing.T) {
		module := filepath.Join(t.TempDir(), "tools", "temporal")
		require.NoError(t, os.MkdirAll(module, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(module, "go.mod"), []byte("module makegood/tools/temporal\n\ngo 1.25.0\n"), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(module, "go.sum"), nil, 0o600))
		// Only the go command is found, never a temporal that is installed.
		t.Setenv("PATH", goOnly(t))
		t.Setenv("XDG_CACHE_HOME", t.TempDir())
		t.Chdir(module)

		var out bytes.Buffer
		_, err := servers.TemporalBinary(context.Background(), &out)

		require.ErrorContains(t, err, "cannot find module providing package github.com/temporalio/cli/cmd/temporal")
		require.Contains(t, out.String(), "Building the Temporal dev server, once")
	})
}

// goOnly is a folder for PATH that holds the go command alone.
func goOnly(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("go")
	require.NoError(t, err)
	program, err = filepath.EvalSymlinks(program)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Symlink(program, filepath.Join(dir, "go")))
	return dir
}
