package events

import (
	"context"
	"sync"
)

// Workers handle what a subscription is delivered, as many at once as it allows.
// They stay: a goroutine that is made for one event spends more on growing its
// stack than on the inbox.
type Workers[D any] struct {
	handle  func(D)
	given   chan D
	busy    sync.WaitGroup // with deliveries
	at, end int            // how many there are, and may be
}

// NewWorkers are so many. Only one goroutine may call their methods.
func NewWorkers[D any](n int, handle func(D)) *Workers[D] {
	return &Workers[D]{handle: handle, given: make(chan D), end: n}
}

// Give returns once a worker has the delivery, or false when ctx has ended before
// one was free.
func (w *Workers[D]) Give(ctx context.Context, d D) bool {
	w.busy.Add(1)
	select {
	case w.given <- d:
		return true
	default:
	}
	if w.at < w.end {
		w.at++
		go w.work(d)
		return true
	}
	select {
	case w.given <- d:
		return true
	case <-ctx.Done():
		w.busy.Done()
		return false
	}
}

func (w *Workers[D]) work(d D) {
	for more := true; more; d, more = <-w.given {
		w.handle(d)
		w.busy.Done()
	}
}

// Wait returns once every delivery was handled.
func (w *Workers[D]) Wait() { w.busy.Wait() }

// Dismiss waits and lets the workers go.
func (w *Workers[D]) Dismiss() {
	w.busy.Wait()
	close(w.given)
}
