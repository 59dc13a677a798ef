package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/servers"
	"makegood/tests/conformance/script"
)

// Process is another process that consumes.
type Process struct {
	cmd    *exec.Cmd
	input  io.Writer
	exited <-chan struct{}

	mu   sync.Mutex
	said []string
}

// StartProcess runs the script, under a clock that is wrong by skew. The
// process dies with the test.
func StartProcess(t *testing.T, s script.Script, skew time.Duration) *Process {
	t.Helper()
	binary, err := processBinary()
	require.NoError(t, err)
	text, err := json.Marshal(s)
	require.NoError(t, err)
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), script.Variable+"="+string(text), fmt.Sprintf("%s=%d", skewVariable, int(skew.Seconds())))
	cmd.Stderr = io.Discard // the client's own lines; what matters is said
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	p := &Process{cmd: cmd}
	p.input, err = cmd.StdinPipe()
	require.NoError(t, err)
	listening := make(chan struct{})
	p.exited, err = servers.Private(cmd)
	require.NoError(t, err)
	go func() {
		defer close(listening)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			p.mu.Lock()
			p.said = append(p.said, lines.Text())
			p.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		p.Kill(t)
		<-listening
	})
	return p
}

// Said is what the process said so far about one thing, in order.
func (p *Process) Said(what string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var about []string
	for _, line := range p.said {
		if text, ok := strings.CutPrefix(line, what+" "); ok {
			about = append(about, text)
		}
	}
	return about
}

// Await waits until it has said that n times.
func (p *Process) Await(t *testing.T, what string, n int) []string {
	t.Helper()
	eventually(t, fmt.Sprintf("the process has %s %d", what, n), func() bool { return len(p.Said(what)) >= n })
	return p.Said(what)
}

// GoOn lets a process that waits go on.
func (p *Process) GoOn(t *testing.T) {
	t.Helper()
	_, err := fmt.Fprintln(p.input)
	require.NoError(t, err)
}

// Kill ends it at once (SIGKILL), and returns when it is dead.
func (p *Process) Kill(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	<-p.exited
}

// Freeze stops it in its tracks (SIGSTOP), its connections open.
func (p *Process) Freeze(t *testing.T) {
	t.Helper()
	require.NoError(t, servers.Freeze(p.cmd.Process))
}

// Thaw ends Freeze.
func (p *Process) Thaw(t *testing.T) { p.signal(t, syscall.SIGCONT) }

func (p *Process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	select {
	case <-p.exited:
	default:
		require.NoError(t, p.cmd.Process.Signal(s))
	}
}
