package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"makegood/events"
)

// handled is the consumer's end: it counts what is expected, and how late it
// comes if there is a schedule.
type handled struct {
	mu      sync.Mutex
	first   int64  // number of the first story that is expected
	seen    []byte // of each story, a bit for each event
	missing int
	wrong   error // the first event that should not have come
	done    chan struct{}

	began   time.Time // zero without a schedule
	every   time.Duration
	latency *hdrhistogram.Histogram
}

// expect begins anew with these stories.
func (h *handled) expect(made [][]events.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first, _ = storyOf(made[0][0])
	h.seen, h.missing = make([]byte, len(made)), len(made)*storyLength
	h.done, h.began, h.latency = make(chan struct{}), time.Time{}, newLatency()
}

// schedule says when the stories are due: the first when it began, and then one
// after the other.
func (h *handled) schedule(began time.Time, every time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.began, h.every = began, every
}

// handle is the consumer's handler. What should not have come ends the run.
func (h *handled) handle(_ context.Context, e events.Event) error {
	now := time.Now()
	n, err := storyOf(e)
	h.mu.Lock()
	defer h.mu.Unlock()
	i, bit := n-h.first, byte(1)<<(e.Sequence-1)
	switch {
	case h.wrong != nil:
		return events.Permanent(h.wrong)
	case err != nil:
		return h.refuse(err)
	case i < 0 || i >= int64(len(h.seen)):
		return h.refuse(fmt.Errorf("event %d of story %d came, and stories from %d on were expected", e.Sequence, n, h.first))
	case h.seen[i]&bit != 0:
		return h.refuse(fmt.Errorf("event %d of story %d was handled twice", e.Sequence, n))
	}
	h.seen[i] |= bit
	if !h.began.IsZero() {
		late := now.Sub(h.began.Add(time.Duration(i) * h.every)).Microseconds()
		_ = h.latency.RecordValue(min(late, h.latency.HighestTrackableValue())) // so it has room
	}
	if h.missing--; h.missing == 0 {
		close(h.done)
	}
	return nil
}

func (h *handled) refuse(err error) error {
	h.wrong = err
	if h.missing > 0 {
		close(h.done)
	}
	return events.Permanent(err)
}

// wait returns once everything that is expected was handled.
func (h *handled) wait(ctx context.Context) error {
	h.mu.Lock()
	done := h.done
	h.mu.Unlock()
	select {
	case <-done:
	case <-ctx.Done():
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wrong == nil && h.missing > 0 {
		return fmt.Errorf("%d events were not handled: %w", h.missing, ctx.Err())
	}
	return h.wrong
}

func (h *handled) take() *hdrhistogram.Histogram {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.latency
}
