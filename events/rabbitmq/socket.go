package rabbitmq

import (
	"net"
	"sync"
	"time"
)

// How long the broker may take nothing from a socket before it is given up.
const writeTimeout = 10 * time.Second

// socket writes from memory, so that a broker that takes nothing blocks
// nobody: neither a publisher beyond its context nor an acknowledgement behind
// it. What is in memory is bounded by the publisher's window. One write to the
// kernel carries whatever has come together meanwhile, such as all events of
// an order.
type socket struct {
	net.Conn
	mu      sync.Mutex
	waiting []byte
	err     error
	closed  bool
	ending  bool          // by a deadline that stays
	wake    chan struct{} // holds one token while there is something to do
	done    chan struct{} // closed once nothing is written any more
}

func newSocket(conn net.Conn) *socket {
	s := &socket{Conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go s.writeAll()
	return s
}

// Write never blocks.
func (s *socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	if s.closed {
		return 0, net.ErrClosed
	}
	s.waiting = append(s.waiting, p...)
	s.signal()
	return len(p), nil
}

// Close lets what was written go out, a close-ok for one, and then closes.
func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	// Ends a write that hangs. The reader ends with the connection.
	_ = s.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	s.signal()
	return nil
}

func (s *socket) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *socket) writeAll() {
	defer close(s.done)
	defer func() { _ = s.Conn.Close() }()
	var batch []byte
	for range s.wake {
		s.mu.Lock()
		batch, s.waiting = s.waiting, batch[:0]
		closed := s.closed
		if !closed {
			_ = s.Conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		}
		s.mu.Unlock()
		if len(batch) > 0 {
			if _, err := s.Conn.Write(batch); err != nil {
				s.mu.Lock()
				s.err = err
				s.mu.Unlock()
				return
			}
		}
		if closed {
			return
		}
	}
}

// SetDeadline bounds reading; writing has its own bound. The library, and TLS
// when it closes, would otherwise change that in the middle of a write. The
// library sets one to close.
func (s *socket) SetDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = !t.IsZero()
	return s.Conn.SetReadDeadline(t)
}

// SetReadDeadline does not put off the end. The library would with each
// heartbeat, and a broker that reads nothing because of an alarm sends those.
func (s *socket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return nil
	}
	return s.Conn.SetReadDeadline(t)
}

// SetWriteDeadline does nothing; see SetDeadline.
func (s *socket) SetWriteDeadline(time.Time) error { return nil }
