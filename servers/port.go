package servers

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
)

// The ports that FreePort chooses from lie below the ephemeral range of Linux
// (32768 and up): there, an outgoing connection could take a server's port
// while it restarts, or a client that dials it meanwhile connect to itself.
const (
	firstPort = 15_000
	lastPort  = 32_000
)

var (
	handedOutMu sync.Mutex
	handedOut   = map[int]bool{}
)

// FreePort returns a loopback port that nothing listens on: preferred, or the
// next free one above it; any, if preferred is 0. It never returns the same
// port twice, since the server that it is for may not listen yet.
func FreePort(preferred int) (int, error) {
	handedOutMu.Lock()
	defer handedOutMu.Unlock()
	from := preferred
	if from == 0 {
		from = firstPort + rand.IntN(lastPort-firstPort)
	}
	for step := range lastPort - firstPort {
		port := from + step
		if preferred == 0 && port >= lastPort {
			port -= lastPort - firstPort
		}
		if port > 65_535 {
			break
		}
		if !handedOut[port] && isFree(port) {
			handedOut[port] = true
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port from %d up", from)
}

// isFree binds the port on every interface: one that is taken on another
// address would confuse whoever looks for the server there.
func isFree(port int) bool {
	return canBind(port, [4]byte{}) && canBind(port, [4]byte{127, 0, 0, 1})
}

// canBind binds as servers do: connections that have ended don't hold a port. It
// lets no child be forked meanwhile, which would have the port until it has
// become another program.
func canBind(port int, address [4]byte) bool {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return false
	}
	defer func() { _ = syscall.Close(socket) }()
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return false
	}
	return syscall.Bind(socket, &syscall.SockaddrInet4{Port: port, Addr: address}) == nil
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
