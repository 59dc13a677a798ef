package soak

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"makegood/order"
)

// everyLine is the pause between two lines about how it goes.
const everyLine = 5 * time.Second

func (r *run) progress(ctx context.Context) {
	for pause(ctx, everyLine) {
		t := r.tally()
		line := fmt.Sprintf("%d placed, %d open", t.placed, t.open)
		for _, ended := range []order.EventType{order.EventCompleted, order.EventRejected, order.EventCancelled} {
			line += fmt.Sprintf(", %d %s", t.last[ended], strings.TrimPrefix(string(ended), "order."))
		}
		if waiting := t.last[order.EventNeedsAttention]; waiting > 0 {
			line += fmt.Sprintf("; %d need attention", waiting)
		}
		r.print("%s; kills: %s", line, r.kills())
	}
}

// tally is how the orders stand, as their shops have heard.
type tally struct {
	placed, open int
	last         map[order.EventType]int
}

func (r *run) tally() tally {
	t := tally{last: map[order.EventType]int{}}
	for _, s := range r.all() {
		s.mu.Lock()
		if s.answered {
			t.placed++
			t.last[s.last]++
			if s.ended.IsZero() {
				t.open++
			}
		}
		s.mu.Unlock()
	}
	return t
}

// all sales so far, in the order of the plan.
func (r *run) all() []*sale {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.sales), func(a, b *sale) int { return int(a.At - b.At) })
}

func (r *run) saleOf(id order.ID) *sale {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sales[id]
}

// kills counts them by target.
func (r *run) kills() string {
	var words []string
	for _, target := range Killed {
		words = append(words, fmt.Sprintf("%s %d", target, r.struck(Kill, target)))
	}
	return strings.Join(words, ", ")
}

func (r *run) struck(how How, target Target) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.blows[string(how)+" "+string(target)]
}

// print writes a line with the time since the beginning.
func (r *run) print(format string, args ...any) {
	seconds := int(time.Since(r.began).Seconds())
	fmt.Fprintf(r.out, "%3d:%02d  %s\n", seconds/60, seconds%60, fmt.Sprintf(format, args...))
}
