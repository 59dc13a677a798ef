package servers

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Freeze stops a child of ours in its tracks (SIGSTOP) and returns when none
// of its threads runs any more: the signal alone is only on its way. A child
// that is dead is no error. SIGCONT thaws it.
func Freeze(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); errors.Is(err, os.ErrProcessDone) {
		return nil
	} else if err != nil {
		return fmt.Errorf("freeze process %d: %w", p.Pid, err)
	}
	return stopped(p.Pid)
}
