// Package hangup is a client that gives up as soon as its request is out of
// its hands: httptrace says so before the bytes have left the process.
package hangup

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
)

// After goes around a transport and calls hangUp once the system has taken the
// whole of a request that holds the text.
func After(text string, hangUp func()) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		transport := next.(*http.Transport).Clone()
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			return &conn{Conn: c, text: []byte(text), hangUp: hangUp}, err
		}
		return transport
	}
}

type conn struct {
	net.Conn
	text   []byte
	hangUp func()
	sent   []byte // of the request that has not ended yet
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent = append(c.sent, p[:n]...)
	if ended(c.sent) {
		if bytes.Contains(c.sent, c.text) {
			c.hangUp()
		}
		c.sent = nil
	}
	return n, err
}

// ended says whether the bytes are a request with all of its body, which may
// be written chunk by chunk.
func ended(sent []byte) bool {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(sent)))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}
