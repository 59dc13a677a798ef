// Package hangup is a client that gives up as soon as its request is out of
// its hands: httptrace says so before the bytes have left the process.
package hangup

import (
	"bytes"
	"context"
	"net"
	"net/http"
)

// After goes around a transport and calls hangUp once the system has taken
// bytes that hold the text. It has to stand in the request's last bytes: the
// body may be written apart from the headers.
func After(text string, hangUp func()) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		transport := next.(*http.Transport).Clone()
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			return conn{c, []byte(text), hangUp}, err
		}
		return transport
	}
}

type conn struct {
	net.Conn
	text   []byte
	hangUp func()
}

func (c conn) Write(sent []byte) (int, error) {
	n, err := c.Conn.Write(sent)
	if bytes.Contains(sent[:n], c.text) {
		c.hangUp()
	}
	return n, err
}
