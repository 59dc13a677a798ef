package servers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Process is a server that runs as our private child. Its methods are safe for
// concurrent use.
type Process struct {
	// Dir holds all that the server writes; Stop removes it.
	Dir string

	name    string
	program program
	within  time.Duration               // it must be ready by then
	ready   func(context.Context) error // nil once it takes calls; may be asked often
	quit    syscall.Signal              // what Kill sends; zero is SIGKILL

	mu    sync.Mutex
	child *child
}

// newProcess makes the server's folder: in the run folder if there is one,
// else on its own.
func newProcess(name, run string) (*Process, error) {
	if run == "" {
		dir, err := os.MkdirTemp("", "makegood-"+name+"-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for %s: %w", name, err)
		}
		return &Process{name: name, Dir: dir}, nil
	}
	dir, err := filepath.Abs(filepath.Join(run, name))
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", name, err)
	}
	return &Process{name: name, Dir: dir}, nil
}

// Log is the file that holds the server's output.
func (p *Process) Log() string { return filepath.Join(p.Dir, p.name+".log") }

// Exited is closed when the server that now runs is dead, for whatever reason.
func (p *Process) Exited() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child.exited
}

// Stop ends the server for good and removes its folder. There is nothing to
// keep, so it is killed rather than asked. A second Stop does nothing.
func (p *Process) Stop() error {
	return errors.Join(p.Kill(), os.RemoveAll(p.Dir))
}

// Kill ends the server at once, as a crash would (SIGKILL), and returns when
// it is dead. Its files stay, for Restart.
func (p *Process) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child == nil {
		return nil
	}
	return p.child.end(cmp.Or(p.quit, syscall.SIGKILL))
}

// Freeze stops the server in its tracks (SIGSTOP): connections stay open and
// nobody answers.
func (p *Process) Freeze() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.child.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return stopped(p.child.pid)
}

// Thaw ends Freeze.
func (p *Process) Thaw() error { return p.signal(syscall.SIGCONT) }

func (p *Process) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.child.signal(s)
}

// Restart kills the server, if it still runs, and starts it again on the same
// ports and files. It returns when the server takes calls.
func (p *Process) Restart(ctx context.Context) error {
	if err := p.Kill(); err != nil {
		return err
	}
	return p.start(ctx)
}

// start returns when the server takes calls. If it fails, the server is dead.
func (p *Process) start(ctx context.Context) error {
	p.program.dir, p.program.log = p.Dir, p.Log()
	child, err := p.program.start()
	if err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.mu.Lock()
	p.child = child
	p.mu.Unlock()
	if err := p.await(ctx, child); err != nil {
		return errors.Join(fmt.Errorf("start %s: %w%s", p.name, err, lastLines(p.Log())), p.Kill())
	}
	return nil
}

func (p *Process) await(ctx context.Context, child *child) error {
	ctx, cancel := context.WithTimeout(ctx, p.within)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-child.exited:
			return errors.New("it ended while it was starting")
		case <-ctx.Done():
			return fmt.Errorf("not ready in time (%s): %w", p.within, err)
		case <-tick.C:
		}
	}
}

// lastLines is the end of a server's log, for an error that says why it failed.
func lastLines(log string) string {
	text, err := os.ReadFile(log)
	if err != nil {
		return ""
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	lines = lines[max(0, len(lines)-10):]
	return "\n  " + string(bytes.Join(lines, []byte("\n  ")))
}
