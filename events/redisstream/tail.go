package redisstream

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
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

var _ events.Tailer = (*Tailer)(nil)

// NewTailer reads over a client that the caller closes, made with
// ContextTimeoutEnabled.
func NewTailer(client redis.UniversalClient, cfg Config) (*Tailer, error) {
	return &Tailer{redis: client, cfg: cfg.withDefaults()}, obeysContext(client)
}

// Tail implements events.Tailer. Through an outage it goes on where it was.
func (t *Tailer) Tail(ctx context.Context, from events.From, each func(events.Entry) error) error {
	last, err := t.before(ctx, from)
	if err != nil {
		return err
	}
	from.Start()
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
			e, err := events.Decode(read(t.cfg.stream(), m).Body)
			if err != nil || e.Time.Before(from.Since) {
				continue
			}
			if err := each(events.Entry{Event: e, Position: m.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}

var entryID = regexp.MustCompile(`^[0-9]{1,19}-[0-9]{1,19}$`)

// before is the id that comes before the first entry to read. What happened
// since a time was published since then, but for clocks that differ.
func (t *Tailer) before(ctx context.Context, from events.From) (string, error) {
	switch {
	case from.After != "" && !entryID.MatchString(from.After):
		return "", fmt.Errorf("%w: %q is no id of a stream's entry", events.ErrPosition, from.After)
	case from.After != "":
		return from.After, nil
	case !from.Published.IsZero(), !from.Since.IsZero():
		since := from.Since
		if since.IsZero() {
			since = from.Published
		}
		return fmt.Sprintf("%d-%d", max(0, since.Add(-tailEarlier).UnixMilli()-1), uint64(math.MaxUint64)), nil
	}
	newest, err := t.redis.XRevRangeN(ctx, t.cfg.stream(), "+", "-", 1).Result()
	switch {
	case err != nil && ctx.Err() == nil:
		return "", fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
	case len(newest) == 0:
		return "0-0", nil
	default:
		return newest[0].ID, nil
	}
}
