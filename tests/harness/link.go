package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"makegood/servers"
)

// Link is the wire between a system's roles and one server that it uses. A
// test cuts and stalls it without harm to the systems of other tests.
type Link struct {
	// Address is where the roles find the server.
	Address string

	proxy *toxiproxy.Proxy
}

// NewLink makes a link to the server at host:port to.
func NewLink(t testing.TB, name, to string) *Link {
	t.Helper()
	port, err := servers.FreePort(0)
	require.NoError(t, err)
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	l := &Link{Address: fmt.Sprintf("127.0.0.1:%d", port)}
	l.proxy = toxiproxy.NewProxy(server, name, l.Address, to)
	require.NoError(t, l.proxy.Start())
	t.Cleanup(l.proxy.Stop)
	return l
}

// Cut ends every connection and refuses new ones, as a server does that is down.
func (l *Link) Cut() { l.proxy.Stop() }

// Stall keeps connections open and holds back whatever is written to them from
// now on, as a server does that is frozen. Mend delivers it.
func (l *Link) Stall() error { return errors.Join(l.hold("upstream"), l.hold("downstream")) }

// HoldReplies lets requests through and holds back what is answered: they take
// effect, and nobody hears of it. Mend delivers the answers.
func (l *Link) HoldReplies() error { return l.hold("downstream") }

func (l *Link) hold(direction string) error {
	toxic, err := json.Marshal(map[string]any{
		"name": direction, "stream": direction, "type": "latency",
		"attributes": map[string]any{"latency": time.Hour.Milliseconds()},
	})
	if err != nil {
		return err
	}
	if _, err := l.proxy.Toxics.AddToxicJson(bytes.NewReader(toxic)); err != nil {
		return fmt.Errorf("hold the link to %s: %w", l.proxy.Name, err)
	}
	return nil
}

// Mend ends Cut, Stall and HoldReplies.
func (l *Link) Mend(ctx context.Context) error {
	l.proxy.Toxics.ResetToxics(ctx)
	if err := l.proxy.Start(); err != nil && !errors.Is(err, toxiproxy.ErrProxyAlreadyStarted) {
		return fmt.Errorf("mend the link to %s: %w", l.proxy.Name, err)
	}
	return nil
}
