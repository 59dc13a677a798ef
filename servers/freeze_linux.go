package servers

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// stopped waits until a child to which SIGSTOP was sent has stopped, or died.
// Linux says so once every thread has.
func stopped(pid int) error {
	for {
		// It is left for others to wait for.
		switch err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil); err {
		case nil, unix.ECHILD:
			return nil
		case unix.EINTR:
		default:
			return fmt.Errorf("wait until process %d has stopped: %w", pid, err)
		}
	}
}
