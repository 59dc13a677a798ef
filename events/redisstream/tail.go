package redisstream

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

// tailEarlier is how far a provider's clock, which an event's time comes from,
// may be ahead of that of Redis, which finds the event.
const tailEarlier = time.Minute

// Tailer reads events beside the groups: it takes nothing from a consumer.
type Tailer struct {
	redis redis.UniversalClient
	cfg   Config
}

// NewTailer reads over a client that the caller closes, made with
// ContextTimeoutEnabled.
func NewTailer(client redis.UniversalClient, cfg Config) (*Tailer, error) {
	return &Tailer{redis: client, cfg: cfg.withDefaults()}, obeysContext(client)
}

// Tail hands each what happened since then and is still there, in the order in
// which it was published, and goes on with what happens, until ctx ends, which
// is no error, or each returns one, which it returns. A time of zero is the
// beginning. An event that was published again comes again, under its id.
// Through an outage it goes on where it was.
func (t *Tailer) Tail(ctx context.Context, since time.Time, each func(events.Event) error) error {
	last := before(since)
	for ctx.Err() == nil {
		began := time.Now()
		found, err := t.redis.XRead(ctx, &redis.XReadArgs{Streams: []string{t.cfg.stream(), last}, Count: batch, Block: poll}).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		t.cfg.Outage.hear(ctx, began, err)
		if err != nil {
			if refused(err) {
				return fmt.Errorf("read events: %w", err)
			}
			sleep(ctx, time.Second)
			continue
		}
		for _, m := range found[0].Messages {
			last = m.ID
			if e, err := events.Decode(read(t.cfg.stream(), m).Body); err == nil && !e.Time.Before(since) {
				if err := each(e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// before is the id that comes before the first entry to read. What happened
// since then was published since then, but for clocks that differ.
func before(since time.Time) string {
	if since.IsZero() {
		return "0-0"
	}
	return fmt.Sprintf("%d-%d", max(0, since.Add(-tailEarlier).UnixMilli()-1), uint64(math.MaxUint64))
}
