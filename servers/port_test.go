package servers_test

import (
	"fmt"
	"net"
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/servers"
)

func TestFreePort(t *testing.T) {
	listen := func(t *testing.T) (*net.TCPListener, int) {
		port, err := servers.FreePort(0)
		require.NoError(t, err)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		return l.(*net.TCPListener), port
	}

	t.Run("steps over a port that is taken", func(t *testing.T) {
		_, taken := listen(t)
		port, err := servers.FreePort(taken)
		require.NoError(t, err)
		require.Greater(t, port, taken)
		require.Less(t, port, taken+100)
	})
	t.Run("steps over a port that another interface has", func(t *testing.T) {
		l, err := net.Listen("tcp", ":0")
		require.NoError(t, err)
		defer func() { _ = l.Close() }()
		taken := l.Addr().(*net.TCPAddr).Port
		port, err := servers.FreePort(taken)
		require.NoError(t, err)
		require.NotEqual(t, taken, port)
	})
	t.Run("never gives the same port twice", func(t *testing.T) {
		first, err := servers.FreePort(0)
		require.NoError(t, err)
		second, err := servers.FreePort(first)
		require.NoError(t, err)
		require.NotEqual(t, first, second)
	})
	t.Run("stays below the ports of outgoing connections", func(t *testing.T) {
		for range 50 {
			port, err := servers.FreePort(0)
			require.NoError(t, err)
			require.Less(t, port, 32_768)
		}
	})
	t.Run("gives up above the last port", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:65535")
		if err == nil {
			defer func() { _ = l.Close() }()
		}
		_, err = servers.FreePort(65_535)
		require.ErrorContains(t, err, "no free port from 65535 up")
	})
}

// Between fork and exec a child has what its parent has open.
func TestAFreePortIsFreeWhileChildrenStart(t *testing.T) {
	var forking sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		forking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := exec.Command("true").Run(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer forking.Wait()
	defer close(done)
	for range 1000 {
		port, err := servers.FreePort(0)
		require.NoError(t, err)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err)
		require.NoError(t, l.Close())
	}
}
