package soak

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"makegood/api/client"
	"makegood/events"
	"makegood/invariants"
	"makegood/order"
	"makegood/tests/harness"
)

const (
	// settling is how long lists, books and the last events may lag behind: a
	// shop hears that its order ended before the broker does, and a worker that
	// last found the broker down pauses for half a minute.
	settling = 2 * time.Minute
	// mailing is how long the last mail may take: a delivery that failed waits
	// for its turn in a queue.
	mailing = 12 * time.Minute
)

// finding is something that must not be, of an order if of any.
type finding struct {
	order order.ID
	said  string
}

// judge checks the books and what each shop was told, prints the result and
// fails the test if anything is wrong.
func (r *run) judge(t testing.TB) {
	var found []finding
	for _, v := range r.violations(t.Context()) {
		found = append(found, finding{v.Order, v.String()})
	}
	found = append(found, r.drifted(t.Context())...)
	for _, wrong := range r.wrong {
		found = append(found, finding{"", wrong})
	}
	stands := map[order.ID]client.Order{}
	for _, s := range r.all() {
		o, err := r.system.API.Get(t.Context(), s.ID)
		if err != nil && s.answered {
			s.blame("an order that was taken can't be read: %v", err)
		}
		if err == nil {
			stands[s.ID] = o
			s.compare(o)
		}
		for _, wrong := range s.wrong {
			found = append(found, finding{s.ID, fmt.Sprintf("order %s: %s", s.ID, wrong)})
		}
	}
	r.print("%d orders have ended, and the books are read; waiting for the last mails", len(stands))
	found = append(found, r.unsent(t.Context())...)
	r.report(stands, len(found))
	r.explain(t.Context(), found)
	for _, f := range found {
		t.Errorf("seed %d: %s", r.plan.Seed, f.said)
	}
	for _, target := range Killed {
		if r.plan.Length >= time.Minute && r.struck(Kill, target) == 0 {
			t.Errorf("seed %d: nothing killed %s", r.plan.Seed, target)
		}
	}
	if placed := r.tally().placed; placed < len(r.plan.Orders)/2 {
		t.Errorf("seed %d: only %d of %d planned orders were placed", r.plan.Seed, placed, len(r.plan.Orders))
	}
}

// violations are those that stay when lists and events have caught up. The
// books count as at rest: what is open or unheard by now is wrong.
func (r *run) violations(ctx context.Context) (found []invariants.Violation) {
	err := harness.Await(ctx, settling, func(ctx context.Context) error {
		books, err := r.system.Ledgers(ctx)
		if err != nil {
			return err
		}
		books.AtRest = true
		if found = invariants.Check(books); len(found) > 0 {
			err = fmt.Errorf("%d violations", len(found))
		}
		return err
	})
	if err != nil && len(found) == 0 {
		found = append(found, invariants.Violation{Invariant: invariants.AllEnded, Seen: "the books can't be read: " + err.Error()})
	}
	return found
}

// compare wants the order to have ended as the plan lets it, and its timeline
// to be what its stream told.
func (s *sale) compare(o client.Order) {
	if o.Status.Final() && !s.MayEnd(o.Status, o.Reason) {
		s.blame("it is %s (%s), as no order may end that %s", o.Status, o.Reason, s.Name)
	}
	for _, h := range s.heard {
		if h.Sequence > len(o.Timeline) || o.Timeline[h.Sequence-1].Type != h.Type {
			s.blame("its stream told event %d as %s; now it has the events %s", h.Sequence, h.Type, types(o.Timeline))
			return
		}
	}
}

func types(timeline []client.Happening) string {
	var words []string
	for _, h := range timeline {
		words = append(words, string(h.Type))
	}
	return strings.Join(words, " ")
}

// unsent are the events whose mail does not come: at least one each, since a
// notifier that dies between sending and noting it sends again.
func (r *run) unsent(ctx context.Context) (found []finding) {
	due := map[string]finding{}
	for _, heard := range r.system.Heard.All() {
		switch heard.Type {
		case order.EventCompleted, order.EventRejected, order.EventRefunded:
			due[heard.ID] = finding{heard.Subject, fmt.Sprintf("order %s: no mail says %s (event %s)", heard.Subject, heard.Type, events.ID(heard.Subject, heard.Sequence))}
		}
	}
	err := harness.Await(ctx, mailing, func(ctx context.Context) error {
		books, err := r.system.Books(ctx)
		if err != nil {
			return err
		}
		found = nil
		sent := map[string]bool{}
		for _, mail := range books.Mails {
			id, _, _ := strings.Cut(mail.MessageID, "@")
			sent[id] = true
		}
		for id, f := range due {
			if !sent[id] {
				found = append(found, f)
			}
		}
		if len(found) > 0 {
			err = fmt.Errorf("%d mails are missing", len(found))
		}
		return err
	})
	if err != nil && len(found) == 0 {
		found = append(found, finding{"", "the mails can't be read: " + err.Error()})
	}
	return found
}
