package notifications

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// line is the connection of one attempt to send mail. The library obeys a
// context only until it is connected, and leaves a connection open that greets
// badly, so who dials also closes.
type line struct {
	server server

	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

// dial connects; smtps:// begins with TLS. The library's own address is wrong
// for IPv6: it has no brackets.
func (l *line) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var dialer interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	} = &net.Dialer{}
	if l.server.implicitTLS {
		dialer = &tls.Dialer{Config: l.server.trust}
	}
	conn, err := dialer.DialContext(ctx, network, l.server.address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
	}
	l.conn = conn
	return conn, nil
}

// hurry leaves what still happens on the line so long.
func (l *line) hurry(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.conn.SetDeadline(time.Now().Add(d))
}

// close ends whatever waits on the line.
func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.conn != nil {
		_ = l.conn.Close()
	}
}
