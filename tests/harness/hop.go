package harness

import (
	"bytes"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// hop passes bytes between a link's proxy and its server. It sees both
// directions of a connection together, which a toxic does not, and so can lose
// the reply to a request that it knows by its text. It also holds bytes back: a
// toxic that does so can't be removed any more once an end of a connection that
// it holds has died, as of a client that was killed meanwhile.
type hop struct {
	listener          net.Listener
	to                string
	requests, replies gate

	mu        sync.Mutex
	losses    []*loss
	watches   []watch
	swallowed int
	severed   bool // every connection ends as it is made
	open      map[net.Conn]bool
	running   sync.WaitGroup
}

// loss is what SwallowReplyTo asked for.
type loss struct {
	text []byte
	left int
}

// watch is what Carries asked for.
type watch struct {
	text    []byte
	carried chan struct{}
}

func newHop(t testing.TB, to string) *hop {
	t.Helper()
	listener, err := net.Listen("tcp", freeAddress(t))
	require.NoError(t, err)
	h := &hop{listener: listener, to: to, open: map[net.Conn]bool{}}
	h.running.Go(h.accept)
	t.Cleanup(h.close)
	return h
}

func (h *hop) address() string { return h.listener.Addr().String() }

func (h *hop) accept() {
	for {
		client, err := h.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", h.to)
		if err != nil { // it is down: the client sees its connection end
			_ = client.Close()
			continue
		}
		w := &wire{hop: h, client: client, server: server}
		if !w.register() {
			continue
		}
		h.running.Go(w.passRequests)
		h.running.Go(w.passReplies)
	}
}

func (h *hop) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.severed = true
	for conn := range h.open {
		_ = conn.Close()
	}
}

func (h *hop) mend() {
	h.mu.Lock()
	h.severed, h.losses = false, nil
	h.mu.Unlock()
	h.requests.open()
	h.replies.open()
}

func (h *hop) close() {
	_ = h.listener.Close()
	h.cut()
	h.requests.open()
	h.replies.open()
	h.running.Wait()
}

// tell tells who asked for a text that the request holds.
func (h *hop) tell(request []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watches = slices.DeleteFunc(h.watches, func(w watch) bool {
		found := bytes.Contains(request, w.text)
		if found {
			close(w.carried)
		}
		return found
	})
}

// strikes tells whether the reply to the request is to vanish, and counts it.
func (h *hop) strikes(request []byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.losses {
		if l.left > 0 && bytes.Contains(request, l.text) {
			l.left--
			return true
		}
	}
	return false
}

// memory is how much of a request is looked at together, for a text that
// arrives in two pieces.
const memory = 64 << 10

// wire is one connection.
type wire struct {
	hop            *hop
	client, server net.Conn

	mu      sync.Mutex
	request []byte // since the last reply, the last of it
	doomed  bool   // the next reply vanishes
}

// register makes the connection end when the hop is cut; one that comes while
// it is ends at once.
func (w *wire) register() bool {
	w.hop.mu.Lock()
	defer w.hop.mu.Unlock()
	if w.hop.severed {
		_ = w.client.Close()
		_ = w.server.Close()
		return false
	}
	w.hop.open[w.client], w.hop.open[w.server] = true, true
	return true
}

func (w *wire) passRequests() {
	pass(w, w.client, w.server, &w.hop.requests, func(chunk []byte) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.doomed {
			return true
		}
		w.request = append(w.request, chunk...)
		w.request = w.request[max(0, len(w.request)-memory):]
		w.hop.tell(w.request)
		w.doomed = w.hop.strikes(w.request) // before the server can answer
		return true
	})
}

func (w *wire) passReplies() {
	pass(w, w.server, w.client, &w.hop.replies, func([]byte) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.request = w.request[:0]
		if w.doomed {
			w.hop.mu.Lock()
			w.hop.swallowed++
			w.hop.mu.Unlock()
		}
		return !w.doomed
	})
}

// pass copies what the gate lets through until one end closes or look refuses a
// chunk; then it closes both.
func pass(w *wire, from, to net.Conn, through *gate, look func(chunk []byte) bool) {
	defer w.close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if !look(buffer[:n]) {
				return
			}
			through.wait()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (w *wire) close() {
	_ = w.client.Close()
	_ = w.server.Close()
	w.hop.mu.Lock()
	defer w.hop.mu.Unlock()
	delete(w.hop.open, w.client)
	delete(w.hop.open, w.server)
}
