package servers

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
)

// usageOfTree follows parents rather than the process group: PostgreSQL and
// Erlang put what they start into groups of its own.
func usageOfTree(root int) (Usage, error) {
	all, err := procfs.AllProcs()
	if err != nil {
		return Usage{}, err
	}
	stats, children := map[int]procfs.ProcStat{}, map[int][]int{}
	for _, process := range all {
		stat, err := process.Stat()
		if ended(err) {
			continue
		} else if err != nil {
			return Usage{}, err
		}
		stats[stat.PID] = stat
		children[stat.PPID] = append(children[stat.PPID], stat.PID)
	}
	var total Usage
	for tree := []int{root}; len(tree) > 0; tree = tree[1:] {
		stat := stats[tree[0]]
		stat.UTime += uint(stat.CUTime) // of children that it has waited for
		stat.STime += uint(stat.CSTime)
		usage, err := usageAt(tree[0], stat)
		if err != nil && !ended(err) {
			return Usage{}, err
		}
		total.CPU += usage.CPU
		total.Memory += usage.Memory
		tree = append(tree, children[tree[0]]...)
	}
	return total, nil
}

func usageOf(pid int) (Usage, error) {
	process, err := procfs.NewProc(pid)
	if err != nil {
		return Usage{}, err
	}
	stat, err := process.Stat()
	if err != nil {
		return Usage{}, err
	}
	return usageAt(pid, stat)
}

// usageAt adds to what stat tells what the kernel counts page by page. Of a
// process that has ended it returns the CPU time with the error.
func usageAt(pid int, stat procfs.ProcStat) (Usage, error) {
	usage := Usage{CPU: time.Duration(stat.CPUTime() * float64(time.Second))}
	process, err := procfs.NewProc(pid)
	if err != nil {
		return usage, err
	}
	memory, err := process.ProcSMapsRollup()
	if err != nil {
		return usage, fmt.Errorf("read its memory: %w", err)
	}
	usage.Memory = int64(memory.Pss)
	return usage, nil
}

// ended tells whether a process was read that is there no more, or is only
// waited for.
func ended(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) }
