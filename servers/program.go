package servers

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// ProgramOptions say what Program runs.
type ProgramOptions struct {
	// Dir is the run folder. Empty means a temporary folder of the program's own.
	Dir string
	// Name is that of its folder in there, of its log, and in errors.
	Name string
	Path string
	Args []string
	// Env is all that it finds in its environment, beside PATH, TMPDIR and what
	// Go's runtime reads.
	Env []string
	// Ready is nil once the program takes calls. It is asked often.
	Ready func(context.Context) error
}

// Program starts any program as a private child, as the servers are. It returns
// when the program is ready, which may take a minute.
func Program(ctx context.Context, options ProgramOptions) (*Process, error) {
	p, err := newProcess(options.Name, options.Dir)
	if err != nil {
		return nil, err
	}
	p.program = program{path: options.Path, args: options.Args, env: options.Env, bare: true}
	p.within, p.ready = time.Minute, options.Ready
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// Finish asks the server to end (SIGTERM) and to finish what it has begun, then
// does what Stop does. One that has not ended when within is over is killed, and
// that is an error.
func (p *Process) Finish(within time.Duration) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return errors.Join(err, p.Stop())
	}
	select {
	case <-p.Exited():
		return p.Stop()
	case <-time.After(within):
		return errors.Join(fmt.Errorf("%s did not end within %s", p.name, within), p.Stop())
	}
}
