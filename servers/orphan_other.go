//go:build unix && !linux

package servers

import "syscall"

// childAttributes puts a child into a process group of its own. Only Linux
// kills it for us when this process is killed.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
