package deadletters

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"makegood/events"
)

// Add puts a dead letter into the index. It is safe to repeat: one death makes
// one letter, whatever has become of that since. An event that dies again, of
// another attempt, is a letter again with its new errors.
func (x *Index) Add(ctx context.Context, dead events.DeadLetter) error {
	l := newLetter(dead)
	// Two deaths of one event differ in when its last attempt failed. Of one
	// that nobody has timed, each is another: better twice than not at all.
	l.death = rand.Text()
	if !dead.LastAt.IsZero() {
		l.death = fmt.Sprint(dead.LastAt.UTC().Format(time.RFC3339Nano), " ", dead.Attempts, " ", dead.Redrive)
	}
	facts, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("add dead letter %s: %w", l.ID, err)
	}
	added, err := addScript.Run(ctx, x.redis, []string{
		x.keys.letter(l.ID), x.keys.list(Dead), x.keys.list(Redriven), x.keys.list(Discarded),
		x.keys.marked(l.Consumer), x.keys.ends(), x.keys.orders(), x.keys.place(),
	}, l.ID, l.death, facts, dead.Body, string(l.OrderID), x.cfg.KeepFor.Milliseconds()).Bool()
	if err != nil {
		return fmt.Errorf("add dead letter %s: %w", l.ID, err)
	}
	if added {
		x.metrics.added.WithLabelValues(l.Consumer, l.Reason).Inc()
		x.cfg.Log.WarnContext(events.Within(ctx, dead.Body), "a dead letter waits for somebody", l.attrs()...)
	}
	return nil
}

// attrs are what the log says of a letter.
func (l Letter) attrs() []any {
	return []any{"letter", l.ID, "order_id", string(l.OrderID), "type", string(l.Type), "reason", l.Reason, "attempts", l.Attempts}
}
