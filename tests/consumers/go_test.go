package consumers_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/tests/harness"
)

const (
	page     = "../../docs/consumers.md"
	examples = "../../docs/examples"
)

func TestThePageShowsWhatIsTested(t *testing.T) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	program, err := os.ReadFile(filepath.Join(examples, "loyalty/main.go"))
	require.NoError(t, err)
	require.Contains(t, string(text), "```go\n"+string(program)+"```\n")
	require.Contains(t, string(text), "```\n"+goMod("../makegood")+"```\n")
}

// The consumer is built as its author would: in a module of its own that has
// makegood beside it.
func TestTheGoConsumerActsOnEachOrderOnce(t *testing.T) {
	url, publisher := vhost(t)
	loyalty := start(t, []string{"AMQP_URL=" + url, "REDIS_ADDR=" + store.Address}, buildOutside(t))
	harness.Holds(t, "its queue", func() bool { return consumed(url, "makegood.loyalty") })
	const orders = 20
	// Ids that no earlier run has left in the inbox: an event's id comes of them.
	id := func(i int) string { return fmt.Sprintf("ord_%d_%d", vhosts.Load(), i) }
	for range 2 { // the second time is a repeat, as after a lost confirm
		for i := range orders {
			require.NoError(t, publisher.Publish(t.Context(), shipped(t, id(i))))
		}
	}
	harness.Holds(t, "every order", func() bool { return loyalty.count("points") >= orders })
	harness.Holds(t, "an empty queue", func() bool { return depth(url, "makegood.loyalty") == 0 })
	require.NoError(t, loyalty.Process.Signal(syscall.SIGTERM))
	harness.Holds(t, "its end", func() bool { return loyalty.count("stopped: <nil> <nil>") == 1 })
	require.Equal(t, 0, depth(url, "makegood.loyalty"), "what was handled came back")
	for i := range orders {
		require.Equal(t, 1, loyalty.count(id(i)+": 25 points for cus_42\n"))
	}
}

func goMod(makegood string) string {
	return "module example.com/loyalty\n\ngo 1.26.0\n\nrequire makegood v0.0.0\n\nreplace makegood => " + makegood + "\n"
}

func buildOutside(t *testing.T) string {
	t.Helper()
	makegood, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir := t.TempDir()
	program, err := os.ReadFile(filepath.Join(examples, "loyalty/main.go"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), program, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(goMod(makegood)), 0o600))
	// makegood's own checksums, so that nothing is asked of the network.
	sums, err := os.ReadFile(filepath.Join(makegood, "go.sum"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o600))
	binary := filepath.Join(dir, "loyalty")
	build := exec.Command("go", "build", "-mod=mod", "-o", binary, ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := build.CombinedOutput()
	require.NoError(t, err, strings.TrimSpace(string(out)))
	return binary
}
