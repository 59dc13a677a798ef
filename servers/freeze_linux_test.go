package servers

import (
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFrozenChildRunsNoMore(t *testing.T) {
	busy := exec.Command("sh", "-c", "while :; do :; done")
	exited, err := Private(busy)
	require.NoError(t, err)
	for range 100 {
		require.NoError(t, Freeze(busy.Process))
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(busy.Process.Pid, &status, syscall.WUNTRACED|syscall.WNOHANG, nil)
		require.NoError(t, err)
		require.Equal(t, busy.Process.Pid, pid, "it has stopped when Freeze returns")
		require.True(t, status.Stopped())
		require.NoError(t, busy.Process.Signal(syscall.SIGCONT))
	}
	require.NoError(t, busy.Process.Kill())
	<-exited
	require.NoError(t, Freeze(busy.Process), "dead already")
}
