package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/servers"
	"makegood/tests/harness"
	"makegood/workflows"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// benchmark runs `makegood bench` and returns what it tells meanwhile. Its
// report must have just the members of into.
func benchmark(t *testing.T, into any, environment []string, args ...string) (told string) {
	t.Helper()
	temporary := t.TempDir()
	out, told, err := runBench(t, append(environment, "TMPDIR="+temporary), append(args, "--json")...)
	require.NoError(t, err, told)
	decoder := json.NewDecoder(bytes.NewReader(out))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(into))
	requireNothingLeft(t, temporary)
	return told
}

// runBench runs the command in the module, whose tools it may have to build.
func runBench(t *testing.T, environment []string, args ...string) (out []byte, told string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), harness.Binary(t), append([]string{"bench"}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env = append(os.Environ(), environment...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.Bytes(), stderr.String(), err
}

// requireNothingLeft looks for files, and for processes that worked in their
// folders.
func requireNothingLeft(t *testing.T, temporary string) {
	t.Helper()
	folders, err := filepath.Glob("/proc/[0-9]*/cwd") // none elsewhere than on Linux
	require.NoError(t, err)
	for _, folder := range folders {
		works, err := os.Readlink(folder)
		require.False(t, err == nil && strings.HasPrefix(works, temporary+"/"), "%s is %s", folder, works)
	}
	left, err := filepath.Glob(filepath.Join(temporary, "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// startServers runs what --servers finds in the environment, with namespaces that
// nobody uses yet.
func startServers(t *testing.T, namespaces ...string) (environmentOf func(namespace string) []string) {
	t.Helper()
	temporal, err := servers.Temporal(t.Context(), servers.TemporalOptions{
		Namespaces: namespaces, Cached: true, SearchAttributes: workflows.SearchAttributes(), Out: os.Stderr,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, temporal.Stop()) })
	redis, err := servers.Redis(t.Context(), servers.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, redis.Stop()) })
	rabbitmq, err := servers.RabbitMQ(t.Context(), servers.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rabbitmq.Stop()) })
	return func(namespace string) []string {
		vhost, err := rabbitmq.AddVhost(t.Context(), namespace)
		require.NoError(t, err)
		return []string{
			"TEMPORAL_ADDRESS=" + temporal.Address, "TEMPORAL_NAMESPACE=" + namespace,
			"REDIS_URL=" + redis.URL, "AMQP_URL=" + vhost,
		}
	}
}

// linesOf is what a process says, line by line, until it has ended.
func linesOf(said io.Reader) <-chan string {
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(said); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	return lines
}
