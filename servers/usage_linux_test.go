package servers

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestUsage(t *testing.T) {
	t.Run("of a server includes what it has started, in whatever group", func(t *testing.T) {
		p := running(t, `setsid sh -c 'while [ -d /proc/$0 ]; do :; done' $$ & exec sleep 600`)
		requireMoreThanItself(t, p)
		first, err := UsageOf(p.child.pid)
		require.NoError(t, err)
		all, err := p.Usage()
		require.NoError(t, err)
		require.Greater(t, all.Memory, first.Memory)
	})
	t.Run("of a server includes the time of what has ended", func(t *testing.T) {
		p := running(t, `sh -c 'i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; exit 0'; : >ended; exec sleep 600`)
		require.Eventually(t, func() bool {
			_, err := os.Stat(filepath.Join(p.Dir, "ended"))
			return err == nil
		}, time.Minute, 10*time.Millisecond)
		requireMoreThanItself(t, p)
	})
	t.Run("of our own is about us alone", func(t *testing.T) {
		page := make([]byte, 64<<20)
		for i := range page {
			page[i] = 1
		}
		before, err := UsageOf(os.Getpid())
		require.NoError(t, err)
		require.Greater(t, before.Memory, int64(len(page)))
		require.Less(t, before.Memory, int64(len(page))+1<<30)
		require.NotZero(t, page[len(page)-1])

		require.Eventually(t, func() bool {
			after, err := UsageOf(os.Getpid())
			return err == nil && after.CPU > before.CPU
		}, time.Minute, time.Microsecond, "asking takes time too")
	})
	t.Run("of a server that is dead is an error", func(t *testing.T) {
		p := running(t, "exec sleep 600")
		require.NoError(t, p.Kill())
		_, err := p.Usage()
		require.EqualError(t, err, "read the usage of script: it is not running")
	})
	t.Run("of a process that never was is an error", func(t *testing.T) {
		_, err := UsageOf(1 << 30)
		require.ErrorContains(t, err, "read the usage of process 1073741824: ")
	})
}

// requireMoreThanItself waits until the server's usage says of it that it takes
// more time than its first process alone.
func requireMoreThanItself(t *testing.T, p *Process) {
	t.Helper()
	require.Eventually(t, func() bool {
		first, err := UsageOf(p.child.pid)
		if err != nil {
			return false
		}
		all, err := p.Usage()
		return err == nil && all.CPU > first.CPU+50*time.Millisecond
	}, time.Minute, 20*time.Millisecond)
}

// running is a server that is a shell script.
func running(t *testing.T, script string) *Process {
	t.Helper()
	p, err := newProcess("script", t.TempDir())
	require.NoError(t, err)
	p.program = program{path: "/bin/sh", args: []string{"-c", script}}
	p.within = time.Minute
	p.ready = func(context.Context) error { return nil }
	require.NoError(t, p.start(t.Context()))
	t.Cleanup(func() { require.NoError(t, p.Kill()) })
	return p
}
