package matrix_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// marks are how the worker, its successors after a kill, and the test tell
// each other how far a cell has got: files, since they outlive a process.
type marks struct{ dir string }

// set makes the mark and tells whether it is new.
func (m marks) set(name string) bool {
	file, err := os.OpenFile(filepath.Join(m.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return false
	}
	_ = file.Close()
	return true
}

func (m marks) has(name string) bool {
	_, err := os.Stat(filepath.Join(m.dir, name))
	return err == nil
}

// take is the next of n strikes, across all processes. It returns false once
// all are taken.
func (m marks) take(name string, n int) bool {
	for i := 1; i <= n; i++ {
		if m.set(fmt.Sprintf("%s.%d", name, i)) {
			return true
		}
	}
	return false
}

// await waits for a mark.
func (m marks) await(ctx context.Context, name string) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !m.has(name) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("no %s: %w", name, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}
