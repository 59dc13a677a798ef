package soak

import (
	"context"
	"time"

	"makegood/api/client"
	"makegood/history"
	"makegood/order"
)

const (
	// rounds is how often the operator looks at the list.
	rounds = time.Second
	// hearing is how long the gateway may take to answer; it promises 2 s.
	hearing = 5 * time.Second
)

// operate is the person who looks after orders that need attention, until ctx
// ends: each is tried again as often as the plan says, and what was refused for
// good is then settled by hand. What goes unheard is said again next time.
func (r *run) operate(ctx context.Context) {
	said := map[order.ID]int{}
	for pause(ctx, rounds) {
		listing, stop := context.WithTimeout(ctx, hearing)
		page, err := r.system.API.List(listing, client.Filter{Status: order.NeedsAttention}, "", 100)
		stop()
		if err != nil { // the gateway is down as well
			continue
		}
		for _, waiting := range page.Items {
			if s := r.saleOf(waiting.ID); s != nil {
				r.look(ctx, s, said)
			}
		}
	}
}

func (r *run) look(ctx context.Context, s *sale, said map[order.ID]int) {
	word := client.Word{Action: "retry"}
	if said[s.ID] >= s.Retries {
		if word = r.settling(ctx, s); word.Step == "" {
			return
		}
	}
	said[s.ID]++
	ctx, cancel := context.WithTimeout(ctx, hearing)
	defer cancel()
	_, err := r.system.API.Settle(ctx, s.ID, word)
	s.note("the operator says %s %s: %v", word.Action, word.Step, err)
	if err == nil {
		r.mu.Lock()
		r.words[word.Action+" "+string(word.Step)]++
		r.mu.Unlock()
	}
}

// settling is the word on what is refused for good; the zero Word if the order
// waits for something that works again by itself.
func (r *run) settling(ctx context.Context, s *sale) client.Word {
	recorded, err := history.Read(ctx, r.system.Temporal, s.ID)
	if err != nil || s.ByHand == "" || recorded.Story().Next != s.ByHand {
		return client.Word{}
	}
	step := s.ByHand
	if step == order.Fence {
		step = order.Ship
	}
	return client.Word{Action: "settled", Step: step, By: "the soak", Note: "refused for good", Reference: "soak"}
}
