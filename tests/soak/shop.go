package soak

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"makegood/api/client"
	"makegood/order"
)

// sale is one order as its shop sees it.
type sale struct {
	Order
	began time.Time

	mu       sync.Mutex
	answered bool
	ended    time.Time // when the shop heard the terminal event; zero before
	last     order.EventType
	heard    []client.Happening
	notes    []string // what was done to it, and when
	wrong    []string // what must not be
}

func (s *sale) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, fmt.Sprintf("%7.3f s ", time.Since(s.began).Seconds())+fmt.Sprintf(format, args...))
}

func (s *sale) blame(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

// buy places the order as a shop does: it repeats the POST under the same key
// until it hears an answer. Then everybody does to the order what the plan
// says, while the shop follows it to its end.
func (r *run) buy(ctx context.Context, o Order) {
	s := &sale{Order: o, began: time.Now()}
	r.mu.Lock()
	r.sales[o.ID] = s
	r.mu.Unlock()
	if err := r.post(ctx, s, o.Wait); err != nil {
		s.blame("the POST was never taken: %v", err)
		return
	}
	s.mu.Lock()
	s.answered = true
	s.mu.Unlock()
	var all sync.WaitGroup
	answered := time.Now()
	for _, deed := range o.Deeds {
		all.Go(func() {
			if pause(ctx, time.Until(answered.Add(deed.After))) {
				r.do(ctx, s, deed)
			}
		})
	}
	all.Go(func() { r.follow(ctx, s) })
	all.Wait()
}

// post returns once the order was taken, under the id that its key makes.
func (r *run) post(ctx context.Context, s *sale, wait time.Duration) error {
	return insist(ctx, refused, func(ctx context.Context) error {
		placed, err := r.system.API.Place(ctx, s.Request, s.Key, wait)
		if err == nil && placed.ID != s.ID {
			s.blame("the POST made order %s", placed.ID)
		}
		if err != nil {
			s.note("POST: %v", err)
		}
		return err
	})
}

// refused tells a gateway's answer from a failure, after which a shop asks again.
func refused(err error) bool {
	p := (*client.Problem)(nil)
	return errors.As(err, &p) && p.Status < http.StatusInternalServerError &&
		p.Status != http.StatusRequestTimeout && p.Status != http.StatusTooManyRequests
}

// follow hears the order's live stream to its end.
func (r *run) follow(ctx context.Context, s *sale) {
	var err error
	for {
		for happened, failed := range r.system.API.Watch(ctx, s.ID) {
			if err = failed; err != nil {
				break
			}
			s.hear(happened)
		}
		if s.over() {
			return
		}
		// The stream of a workflow that was terminated or reset ends; what
		// follows comes with the next one.
		if !pause(ctx, time.Second) {
			s.blame("it did not end, %s: the last event is %s, the last error of its stream %v", ending, s.last, err)
			return
		}
	}
}

func (s *sale) hear(h client.Happening) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = h.Type
	if h.Terminal() && s.ended.IsZero() {
		s.ended = time.Now()
	}
	for _, before := range s.heard {
		if before.Sequence == h.Sequence {
			if before.Type != h.Type {
				s.wrong = append(s.wrong, fmt.Sprintf("the stream told event %d as %s and as %s", h.Sequence, before.Type, h.Type))
			}
			return
		}
	}
	s.heard = append(s.heard, h)
}

func (s *sale) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ended.IsZero()
}

// supply brings stock, once whatever happens to the request.
func (r *run) supply(ctx context.Context, s Supply) error {
	return insist(ctx, refused, func(ctx context.Context) error {
		_, err := r.system.API.AdjustStock(ctx, s.SKU, s.Units, "soak", s.Key)
		return err
	})
}

func (r *run) bring(ctx context.Context, s Supply) {
	if err := r.supply(ctx, s); err != nil {
		r.print("no answer to a supply of %d of %s: %v", s.Units, s.SKU, err)
	}
}
