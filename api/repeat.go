package api

import (
	"context"
	"sync"
	"time"

	"makegood/order"
)

// keptOrders bounds the memory, to some 2 MB. It is what a busy gateway takes
// in a minute or so, and clients repeat within that.
const keptOrders = 10_000

// repeat answers with the order if this gateway has taken it before, however
// many others come: who asks whether an order was placed must not have to wait
// for its turn, nor hear that nothing was. It returns nil if it has not, or
// doesn't remember, or Temporal no longer has the order.
func (s *Server) repeat(ctx context.Context, o order.Order, within time.Duration) (*placeOutput, error) {
	if !s.taken.has(o.ID) {
		return nil, nil
	}
	out, err := s.placedBefore(ctx, o, within)
	if isNotFound(err) {
		return nil, nil
	}
	return out, err
}

// takenOrders are the latest that this gateway has taken.
type takenOrders struct {
	mu   sync.Mutex
	ids  map[order.ID]bool
	ring []order.ID // the next one to go is at next
	next int
}

func newTakenOrders() *takenOrders {
	return &takenOrders{ids: map[order.ID]bool{}, ring: make([]order.ID, keptOrders)}
}

func (t *takenOrders) add(id order.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ids[id] {
		return
	}
	delete(t.ids, t.ring[t.next])
	t.ids[id], t.ring[t.next] = true, id
	t.next = (t.next + 1) % len(t.ring)
}

func (t *takenOrders) has(id order.ID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ids[id]
}
