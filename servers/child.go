package servers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// child is one run of a program.
type child struct {
	pid    int
	exited <-chan struct{} // closed once it is dead and reaped
}

// program says how to start a child. Its output is appended to log.
type program struct {
	path string
	args []string
	env  []string // besides our own environment, see environment
	bare bool     // nothing of ours but what any program needs
	dir  string   // its working directory and HOME
	log  string
	// owner is whom it runs as; nil is ourselves.
	owner *owner
}

func (p program) start() (*child, error) {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(p.path, p.args...)
	cmd.Dir = p.dir
	cmd.Env = append(p.inherited(), append([]string{"HOME=" + p.dir}, p.env...)...)
	cmd.Stdout, cmd.Stderr = log, log
	exited, err := private(cmd, p.owner)
	if err != nil {
		return nil, err
	}
	return &child{pid: cmd.Process.Pid, exited: exited}, nil
}

// Private starts cmd as a child that dies with this process, even if that is
// killed. It leads a process group of its own, so that a Ctrl-C at the terminal
// reaches us alone. Exited is closed once the child is dead and reaped;
// cmd.ProcessState then says how it ended.
func Private(cmd *exec.Cmd) (exited <-chan struct{}, err error) { return private(cmd, nil) }

func private(cmd *exec.Cmd, as *owner) (exited <-chan struct{}, err error) {
	cmd.SysProcAttr = as.runAs(childAttributes())
	done := make(chan struct{})
	started := make(chan error)
	go func() {
		// A thread that this goroutine keeps to itself: the kernel's promise to
		// kill the child with its parent is about the thread that started it,
		// and another goroutine may end a shared one at any time.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		_ = cmd.Wait() // how it ended is in ProcessState
		close(done)
	}()
	return done, <-started
}

// signal reaches the child and what it has started in its group. A child that
// is dead already is no error.
func (c *child) signal(s syscall.Signal) error {
	if c.dead() {
		return nil // its id may be another's by now
	}
	if err := syscall.Kill(-c.pid, s); err != nil && err != syscall.ESRCH {
		return fmt.Errorf("%s to process group %d: %w", s, c.pid, err)
	}
	return nil
}

func (c *child) dead() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

// end sends what ends the child, also if it is frozen, and waits until it has.
func (c *child) end(with syscall.Signal) error {
	if err := errors.Join(c.signal(with), c.signal(syscall.SIGCONT)); err != nil {
		return err
	}
	<-c.exited
	return nil
}

// inherited is what of our environment the child finds in its own.
func (p program) inherited() []string {
	if !p.bare {
		return environment()
	}
	var kept []string
	for _, name := range []string{"PATH", "TMPDIR", "GOGC", "GOMEMLIMIT", "GOMAXPROCS"} {
		if value, ok := os.LookupEnv(name); ok {
			kept = append(kept, name+"="+value)
		}
	}
	return kept
}

// environment is ours without what would lead a private server astray: it must
// not find the settings, the cookie or the cluster of another one.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		switch name, _, _ := strings.Cut(variable, "="); {
		case name == "HOME", strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "TEMPORAL_"),
			strings.HasPrefix(name, "RABBITMQ_"), strings.HasPrefix(name, "ERL_"), strings.HasPrefix(name, "PG"):
		default:
			kept = append(kept, variable)
		}
	}
	return kept
}
