package soak

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"makegood/api/client"
	"makegood/order"
)

// report says how it went.
func (r *run) report(stands map[order.ID]client.Order, found int) {
	endings, deeds := map[string]int{}, map[string]int{}
	var took []time.Duration
	var last time.Time
	placed := 0
	for _, s := range r.all() {
		if s.answered {
			placed++
		}
		if o, known := stands[s.ID]; known {
			endings[strings.TrimSuffix(fmt.Sprintf("%s (%s)", o.Status, o.Reason), " ()")]++
		}
		for _, deed := range s.Deeds {
			deeds["somebody "+string(deed.Act)]++
		}
		if !s.ended.IsZero() {
			took = append(took, s.ended.Sub(s.began))
			if s.ended.After(last) {
				last = s.ended
			}
		}
	}
	slices.Sort(took)
	fmt.Fprintf(r.out, "\nseed              %d\nlength            %s\norders placed     %d of %d planned\n", r.plan.Seed, r.plan.Length, placed, len(r.plan.Orders))
	r.table("ended", endings)
	fmt.Fprintf(r.out, "kills             %s\n", r.kills())
	r.mu.Lock()
	others := maps.Clone(r.blows)
	r.mu.Unlock()
	maps.DeleteFunc(others, func(blow string, _ int) bool { return strings.HasPrefix(blow, string(Kill)+" ") })
	r.table("other blows", others)
	r.table("deeds", deeds)
	r.table("operator's words", r.words)
	fmt.Fprintf(r.out, "time to the end   p50 %s, p99 %s, longest %s; the last order ended %s after all worked again\n",
		percentile(took, 50), percentile(took, 99), percentile(took, 100), max(0, last.Sub(r.mended).Round(time.Millisecond)))
	fmt.Fprintf(r.out, "violations        %d\n\n", found)
}

// table prints counts, the largest first.
func (r *run) table(name string, counts map[string]int) {
	words := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for i, word := range words {
		words[i] = fmt.Sprintf("%d %s", counts[word], word)
	}
	fmt.Fprintf(r.out, "%-17s %s\n", name, strings.Join(words, ", "))
}

// percentile is the least of the sorted times that percent of them don't exceed.
func percentile(took []time.Duration, percent int) time.Duration {
	if len(took) == 0 {
		return 0
	}
	return took[max(0, (len(took)*percent+99)/100-1)].Round(time.Millisecond)
}
