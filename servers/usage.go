package servers

import (
	"fmt"
	"time"
)

// Usage is what processes have taken of the machine. The zero value is nothing.
type Usage struct {
	// CPU is the time on all cores since they began, in user and kernel mode.
	CPU time.Duration
	// Memory is what is resident now, in bytes. What processes share is
	// counted once: PostgreSQL's all see the same buffers.
	Memory int64
}

// Usage is what the server and all that it has started take: those that live,
// wherever they have moved to, and the CPU time of those that they have waited
// for. A server that is dead takes nothing any more, which is an error. Only
// Linux can tell.
func (p *Process) Usage() (Usage, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child == nil || p.child.dead() {
		return Usage{}, fmt.Errorf("read the usage of %s: it is not running", p.name)
	}
	usage, err := usageOfTree(p.child.pid)
	if err != nil {
		return Usage{}, fmt.Errorf("read the usage of %s: %w", p.name, err)
	}
	return usage, nil
}

// UsageOf is what one process takes, such as our own (os.Getpid), without what
// it has started. Only Linux can tell.
func UsageOf(pid int) (Usage, error) {
	usage, err := usageOf(pid)
	if err != nil {
		return Usage{}, fmt.Errorf("read the usage of process %d: %w", pid, err)
	}
	return usage, nil
}
