package rabbitmq_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/servers"
)

func TestANodeThatIsDownIsPassedOver(t *testing.T) {
	cfg, journal := corner(t)
	down, err := servers.FreePort(0)
	require.NoError(t, err)
	cfg.URL = fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/,%s, amqp://guest:guest@127.0.0.1:%d/", down, cfg.URL, down)
	for range 10 { // one of three would be lucky
		p := publisher(t, cfg)
		require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_1")))
		require.NoError(t, p.Close())
	}
	require.Zero(t, journal.count("the broker is down"))
}

func TestConnectionsSpreadOverTheNodes(t *testing.T) {
	cfg, _ := corner(t)
	var urls []string
	asked := make([]chan struct{}, 3)
	for i := range asked {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		urls = append(urls, "amqp://guest:guest@"+listener.Addr().String()+"/")
		asked[i] = make(chan struct{}, 1000)
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_ = conn.Close()
				asked[i] <- struct{}{}
			}
		}()
	}
	cfg.URL = strings.Join(append(urls, cfg.URL), ",")
	for range 40 { // one in 2^40 runs leaves a node out by chance
		p := publisher(t, cfg)
		require.NoError(t, p.Publish(within(t, time.Minute), story(t, "ord_1")))
		require.NoError(t, p.Close())
	}
	for _, node := range asked {
		require.NotEmpty(t, node)
		require.Less(t, len(node), 40, "it is always asked first")
	}
}

func TestAnOutageOfAllNodesIsOneLine(t *testing.T) {
	cfg, journal := corner(t)
	var urls []string
	for range 3 {
		port, err := servers.FreePort(0)
		require.NoError(t, err)
		urls = append(urls, fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d/", port))
	}
	cfg.URL = strings.Join(urls, ",")
	p := publisher(t, cfg)
	err := p.Publish(within(t, time.Minute), story(t, "ord_1"))
	require.ErrorIs(t, err, events.ErrBrokerDown)
	require.NotContains(t, err.Error(), "\n")
	require.Equal(t, 3, strings.Count(err.Error(), "connection refused"), err.Error())
	require.Equal(t, 1, journal.count("the broker is down"))
}
