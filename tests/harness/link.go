package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"makegood/servers"
)

// Link is the wire between a system's roles and one server that it uses. A
// test cuts, stalls and slows it, and loses replies on it, without harm to the systems of other tests.
type Link struct {
	// Address is where the roles find the server.
	Address string

	proxy *toxiproxy.Proxy
	hop   *hop
}

// NewLink makes a link to the server at host:port to.
func NewLink(t testing.TB, name, to string) *Link {
	t.Helper()
	port, err := servers.FreePort(0)
	require.NoError(t, err)
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &Link{Address: fmt.Sprintf("127.0.0.1:%d", port), hop: newHop(t, to)}
	l.proxy = toxiproxy.NewProxy(server, name, l.Address, l.hop.address())
	require.NoError(t, l.proxy.Start())
	t.Cleanup(l.proxy.Stop)
	return l
}

// Cut ends every connection, and every new one as soon as it is made: nothing
// passes. The port stays the link's, lest another test's server takes it.
func (l *Link) Cut() { l.hop.cut() }

// Stall keeps connections open and holds back whatever is written to them from
// now on, as a server does that is frozen. Mend delivers it.
func (l *Link) Stall() {
	l.hop.requests.close()
	l.hop.replies.close()
}

// HoldReplies lets requests through and holds back what is answered: they take
// effect, and nobody hears of it. Mend delivers the answers.
func (l *Link) HoldReplies() { l.hop.replies.close() }

// Slow makes every reply come later by d, to the millisecond. Requests take
// effect at once.
func (l *Link) Slow(d time.Duration) error {
	toxic, err := json.Marshal(map[string]any{
		"name": "slow", "stream": "downstream", "type": "latency",
		"attributes": map[string]any{"latency": d.Milliseconds()},
	})
	if err != nil {
		return err
	}
	if _, err := l.proxy.Toxics.AddToxicJson(bytes.NewReader(toxic)); err != nil {
		return fmt.Errorf("slow the link to %s: %w", l.proxy.Name, err)
	}
	return nil
}

// SwallowReplyTo loses the replies to the next n requests whose bytes hold the
// text: the request takes effect, and instead of an answer its connection is
// closed, on which other requests may wait. Many clients then repeat it by
// themselves, so n counts attempts. What a request is, the link knows only of
// protocols that answer one before the next on a connection: Redis, HTTP/1.1,
// and AMQP's confirms; Temporal's gRPC is none.
func (l *Link) SwallowReplyTo(text string, n int) {
	l.hop.mu.Lock()
	defer l.hop.mu.Unlock()
	l.hop.losses = append(l.hop.losses, &loss{text: []byte(text), left: n})
}

// SwallowReplies loses the replies to the next n requests, whatever they ask:
// of Redis, a new connection's greeting is one as well.
func (l *Link) SwallowReplies(n int) { l.SwallowReplyTo("", n) }

// Swallowed is how many replies have been lost so far. A test that swallows
// asks it, lest it pass because nothing was lost.
func (l *Link) Swallowed() int {
	l.hop.mu.Lock()
	defer l.hop.mu.Unlock()
	return l.hop.swallowed
}

// Carries is closed once a request that holds the text is on its way to the
// server, whether its reply comes or not.
func (l *Link) Carries(text string) <-chan struct{} {
	l.hop.mu.Lock()
	defer l.hop.mu.Unlock()
	w := watch{text: []byte(text), carried: make(chan struct{})}
	l.hop.watches = append(l.hop.watches, w)
	return w.carried
}

// Mend ends all that was done to the link.
func (l *Link) Mend(ctx context.Context) {
	l.hop.mend()
	l.proxy.Toxics.ResetToxics(ctx)
}
