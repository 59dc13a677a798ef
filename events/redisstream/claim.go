package redisstream

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

// deliveryLimit is a backstop against an event that kills its consumer each
// time: a failed attempt that was survived is counted in our own fields, and
// each lost connection counts as a delivery. It is RabbitMQ's too.
const deliveryLimit = 1000

// idle is how long an entry has been with a member that is probably dead. Of
// one that is merely slow, the inbox knows that it is busy. It is a little more
// than the lease, which begins just after the delivery.
func (g *group) idle() time.Duration { return g.inboxLease * 11 / 10 }

// claim takes over entries that others left, as there is room, from where it
// got to the last time: bounded work, however much is pending.
func (r *reader) claim(ctx context.Context, stream string) error {
	room := r.room()
	if room == 0 {
		return nil
	}
	start := r.cursors[stream]
	if start == "" {
		start = "0-0"
	}
	messages, next, err := r.redis.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: stream, Group: r.Name, Consumer: r.member, MinIdle: r.idle(), Start: start, Count: int64(room),
	}).Result()
	if err != nil {
		return err
	}
	messages, err = r.buryKillers(ctx, stream, messages, r.settle)
	if err != nil {
		return err
	}
	r.cursors[stream] = next
	working := r.strays.working() // and would find it busy
	messages = slices.DeleteFunc(messages, func(m redis.XMessage) bool { return working[stream+" "+m.ID] })
	r.begin(ctx, stream, messages, true)
	return nil
}

// buryKillers takes out of what was claimed what was delivered too often.
func (g *group) buryKillers(ctx context.Context, stream string, messages []redis.XMessage,
	settle func(context.Context, delivery, outcome) error) ([]redis.XMessage, error) {
	if len(messages) == 0 {
		return nil, nil
	}
	ours, err := g.redis.XPendingExt(ctx, &redis.XPendingExtArgs{
		Stream: stream, Group: g.Name, Consumer: g.member, Start: messages[0].ID, End: messages[len(messages)-1].ID,
		Count: int64(len(messages) + g.Concurrency),
	}).Result()
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	deliveries := map[string]int64{}
	for _, entry := range ours {
		deliveries[entry.ID] = entry.RetryCount
	}
	var kept []redis.XMessage
	for _, m := range messages {
		if deliveries[m.ID] <= deliveryLimit {
			kept = append(kept, m)
			continue
		}
		d := read(stream, m)
		f := d.failures()
		f.Last = fmt.Sprintf("delivered %d times and never settled", deliveries[m.ID]-1)
		f.LastAt, f.DeadReason = time.Now().UTC(), events.DeadDeliveryLimit
		g.mourn(ctx, d, f)
		if err := settle(ctx, d, outcome{verdict: events.Dead, Failures: f}); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// giveBack leaves entries that were read and not begun to whoever looks next,
// in their place, and counts no delivery. If it fails they wait until they
// have been idle.
func (g *group) giveBack(ctx context.Context, stream string, messages []redis.XMessage) {
	if len(messages) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	args := []any{"XCLAIM", stream, g.Name, returned, 0}
	for _, m := range messages {
		args = append(args, m.ID)
	}
	// go-redis' own XCLAIM has no IDLE.
	args = append(args, "IDLE", g.idle().Milliseconds(), "JUSTID")
	if err := g.redis.Do(ctx, args...).Err(); err != nil {
		g.cfg.Log.Warn("what was not begun stays with its consumer", "consumer", g.Name, "entries", len(messages), "error", err)
	}
}
