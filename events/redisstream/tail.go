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

// Tail calls each with every event that was published since then and is still
// there, in order, and then with new ones as they come, until ctx ends, which
// is no error, or each returns one, which it returns. A zero since is only new ones. An event
// may come twice, as to consumers; what is no event is left out. Through an
// outage it goes on where it was.
func (t *Tailer) Tail(ctx context.Context, since time.Time, each func(events.Event) error) error {
	last, err := t.start(ctx, since)
	if err != nil {
		return err
	}
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
			if e, err := events.Decode(read(t.cfg.stream(), m).Body); err == nil {
				if err := each(e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// start is the entry that comes before the first one.
func (t *Tailer) start(ctx context.Context, since time.Time) (string, error) {
	if ms := since.UnixMilli(); !since.IsZero() {
		return fmt.Sprintf("%d-%d", max(0, ms-1), uint64(math.MaxUint64)), nil
	}
	last, err := t.redis.XRevRangeN(ctx, t.cfg.stream(), "+", "-", 1).Result()
	switch {
	case err != nil:
		return "", fmt.Errorf("find the last event: %w: %w", events.ErrBrokerDown, err)
	case len(last) == 0:
		return "0-0", nil
	default:
		return last[0].ID, nil
	}
}
