package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"makegood/servers"
	"makegood/telemetry"
)

// stopWithin exceeds what a role allows itself for a graceful stop, 25 s.
const stopWithin = 30 * time.Second

// Role is one run of the real binary: `makegood serve`, `worker`, `simulators`…
// It dies with the test, even if that is killed. Its methods are safe for
// concurrent use and may be called from any goroutine.
type Role struct {
	// Command is the one that it runs.
	Command string
	// Address is the host:port of its HTTP, the same after every restart.
	Address string

	path string
	env  []string
	dir  string
	log  string // the file

	mu     sync.Mutex
	cmd    *exec.Cmd
	exited <-chan struct{}
}

// Set changes one of the role's settings, from its next start on.
func (r *Role) Set(name, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.env = append(slices.Clip(r.env), name+"="+value)
}

// Start runs the role and returns when it is ready. It must not be running.
func (r *Role) Start(ctx context.Context) error {
	if err := r.launch(); err != nil {
		return fmt.Errorf("start %s: %w", r.Command, err)
	}
	return Await(ctx, patience, func(ctx context.Context) error {
		_, err := r.Readiness(ctx)
		return err
	})
}

func (r *Role) launch() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	log, err := os.OpenFile(r.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	r.cmd = exec.Command(r.path, r.Command)
	r.cmd.Dir, r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = r.dir, r.env, log, log
	r.exited, err = servers.Private(r.cmd)
	return err
}

// Readiness is what the role says of itself, and an error unless it is ready.
func (r *Role) Readiness(ctx context.Context) (telemetry.Readiness, error) {
	var said telemetry.Readiness
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.Address+"/readyz", nil)
	if err != nil {
		return said, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return said, fmt.Errorf("%s is not ready: %w", r.Command, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		return said, fmt.Errorf("%s is not ready: %s, %w", r.Command, answer.Status, err)
	}
	if answer.StatusCode != http.StatusOK {
		return said, fmt.Errorf("%s is not ready: %+v", r.Command, said)
	}
	return said, nil
}

// Running tells whether the role's process is alive, frozen or not.
func (r *Role) Running() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.exited == nil {
		return false
	}
	select {
	case <-r.exited:
		return false
	default:
		return true
	}
}

// Kill ends the role as a crash would (SIGKILL), and returns when it is dead.
// A role that is dead already is no error.
func (r *Role) Kill() error {
	if err := r.signal(syscall.SIGKILL); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.exited != nil {
		<-r.exited
	}
	return nil
}

// Stop asks the role to end (SIGTERM) and waits until it has. An end with any
// other status than 0 is an error.
func (r *Role) Stop() error {
	if err := r.signal(syscall.SIGTERM); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.exited:
	case <-time.After(stopWithin):
		return fmt.Errorf("%s did not stop within %s", r.Command, stopWithin)
	}
	if state := r.cmd.ProcessState; !state.Success() {
		return fmt.Errorf("%s stopped with %s", r.Command, state)
	}
	return nil
}

// Exited is closed once the role's process, as it was last started, has ended.
func (r *Role) Exited() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.exited
}

// Freeze stops the role in its tracks (SIGSTOP): its connections stay open and
// nobody answers.
func (r *Role) Freeze() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd == nil || r.cmd.Process == nil {
		return nil
	}
	return servers.Freeze(r.cmd.Process)
}

// Thaw ends Freeze.
func (r *Role) Thaw() error { return r.signal(syscall.SIGCONT) }

// Restart kills the role, if it still runs, and starts it again on the same
// ports. It returns when it is ready.
func (r *Role) Restart(ctx context.Context) error {
	if err := r.Kill(); err != nil {
		return err
	}
	return r.Start(ctx)
}

func (r *Role) signal(s syscall.Signal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd == nil || r.cmd.Process == nil {
		return nil
	}
	if err := r.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s to %s: %w", s, r.Command, err)
	}
	return nil
}

// Log is what the role has said so far, of all its runs.
func (r *Role) Log() string {
	text, err := os.ReadFile(r.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
