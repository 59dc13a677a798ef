package inventory_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
)

// swallower is a proxy in front of a server that, once armed, lets the next
// request take effect, swallows the reply and cuts the connection.
type swallower struct {
	net.Listener
	server    string
	armed     atomic.Bool
	swallowed atomic.Int64
	wg        sync.WaitGroup
}

func newSwallower(t *testing.T, server string) *swallower {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &swallower{Listener: listener, server: server}
	s.wg.Go(s.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		s.wg.Wait()
	})
	return s
}

func (s *swallower) accept() {
	for {
		client, err := s.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", s.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		s.wg.Go(func() {
			defer func() { _ = server.Close() }()
			_, _ = io.Copy(server, client)
		})
		s.wg.Go(func() {
			defer func() { _ = client.Close() }()
			s.replies(client, server)
		})
	}
}

func (s *swallower) replies(client io.Writer, server io.Reader) {
	buffer := make([]byte, 64*1024)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if s.armed.CompareAndSwap(true, false) {
			s.swallowed.Add(1)
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// A lost reply is repeated by go-redis itself, before anybody else knows of
// it. The second run must find the first one's record.
func TestALostReplyIsHeardOnTheNextAttempt(t *testing.T) {
	addr := single(t)
	proxy := newSwallower(t, addr)
	direct := newShelf(t, open(t, "redis://"+addr), map[string]int64{"LAST": 1, "MUG": 5})
	s := direct
	s.client = open(t, "redis://"+proxy.Addr().String())
	s.Stock = newStock(s.client, s.pool)
	s.level("LAST", 1, 0) // the connection is up, and the scripts are loaded below

	o := buy("o", line("LAST", 1), line("MUG", 2))
	for _, warm := range []effect{s.Reserve, s.Commit} {
		s.done(warm, buy("warm", line("MUG", 1)))
	}
	s.done(s.Release, buy("warm too", line("MUG", 1)))

	lose := func(do effect, o order.Order) order.Outcome {
		t.Helper()
		before := proxy.swallowed.Load()
		proxy.armed.Store(true)
		outcome := s.done(do, o)
		require.Equal(t, before+1, proxy.swallowed.Load(), "a reply was lost")
		require.Equal(t, outcome, direct.done(effectOf(direct, outcome.Step), o))
		return outcome
	}

	lose(s.Reserve, o)
	direct.level("LAST", 1, 1)
	direct.level("MUG", 4, 2)
	lose(s.Commit, o)
	direct.level("LAST", 0, 0)
	direct.level("MUG", 2, 0)

	given := buy("given back", line("MUG", 2))
	s.done(s.Reserve, given)
	require.False(t, lose(s.Release, given).Null)
	direct.level("MUG", 2, 0)

	proxy.armed.Store(true)
	level, err := s.adjust("MUG", 3, "delivery")
	require.NoError(t, err)
	require.EqualValues(t, 5, level.OnHand)
	require.EqualValues(t, 4, proxy.swallowed.Load())
	direct.level("MUG", 5, 0)
}

func effectOf(s shelf, step order.Step) effect {
	switch step {
	case order.Reserve:
		return s.Reserve
	case order.Commit:
		return s.Commit
	default:
		return s.Release
	}
}
