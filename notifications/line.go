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
	ctx    context.Context // the attempt's; the library dials with another

	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

// dial connects; smtps:// begins with TLS. The library's own address is wrong
// for IPv6: it has no brackets.
func (l *line) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	raw, err := new(net.Dialer).DialContext(ctx, network, l.server.address)
	if err != nil {
		return nil, err
	}
	var conn net.Conn = timely{raw, l.ctx}
	if l.server.implicitTLS {
		secure := tls.Client(conn, l.server.trust)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			return nil, err
		}
		conn = secure
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
	}
	l.conn = conn
	return conn, nil
}

// timely writes nothing once its context has ended. To close the line is not
// enough: in a process that was frozen, the server's go-ahead is read before
// anybody has come to close it, and the mail may be another's to send by then.
type timely struct {
	net.Conn
	ctx context.Context
}

func (c timely) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
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
