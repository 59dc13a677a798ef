package servers_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/servers"
)

func TestAKilledProcessLeavesNoServer(t *testing.T) {
	for _, server := range []string{"redis", "rabbitmq", "temporal", "postgresql"} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			needs(t, server)
			dir := enterable(t)
			parent := exec.Command(os.Args[0])
			parent.Env = append(os.Environ(), actAs+"="+server, actAs+"_DIR="+dir, "TMPDIR="+dir)
			said, err := parent.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, parent.Start())
			defer func() { _ = parent.Process.Kill() }()
			text := make([]byte, 7)
			_, err = said.Read(text)
			require.NoError(t, err)
			require.Equal(t, "started", string(text))
			require.NotEmpty(t, processesOf(t, dir), "the server and what it started")

			require.NoError(t, parent.Process.Kill())
			_ = parent.Wait()

			require.Eventually(t, func() bool { return len(processesOf(t, dir)) == 0 }, 20*time.Second, 50*time.Millisecond)
		})
	}
}

// enterable is a temporary folder that every user may enter: for root,
// PostgreSQL runs as another one.
func enterable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "makegood-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// processesOf lists the live processes that a server in dir is or has started:
// all of them inherit its working directory and its HOME.
func processesOf(t *testing.T, dir string) []string {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	var found []string
	for _, process := range processes {
		// What can't be read has ended meanwhile, or is another's.
		cwd, _ := os.Readlink(filepath.Join(process, "cwd"))
		environ, _ := os.ReadFile(filepath.Join(process, "environ"))
		if strings.HasPrefix(cwd, dir+"/") || bytes.Contains(environ, []byte("HOME="+dir+"/")) {
			name, _ := os.ReadFile(filepath.Join(process, "comm"))
			found = append(found, filepath.Base(process)+" "+strings.TrimSpace(string(name)))
		}
	}
	return found
}

// needs skips where a server is not installed; `make test` installs all but
// PostgreSQL.
func needs(t *testing.T, server string) {
	t.Helper()
	has := map[string]func() bool{"redis": servers.HasRedis, "rabbitmq": servers.HasRabbitMQ, "postgresql": servers.HasPostgreSQL}[server]
	if has != nil && !has() {
		t.Skip(server + " is not installed")
	}
}
