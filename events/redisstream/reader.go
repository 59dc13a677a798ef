package redisstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/time/rate"

	"makegood/events"
	"makegood/order"
)

const (
	batch = 50
	// poll bounds how long a read waits, and thus how long the end takes:
	// go-redis does not interrupt a read.
	poll = 500 * time.Millisecond
	// tendEvery is how often a busy reader looks for other work than new events.
	tendEvery = 100 * time.Millisecond
)

// reader handles several events at once, for a consumer that does not ask for
// order.
type reader struct {
	*group
	slots   chan struct{}
	running sync.WaitGroup
	tended  time.Time         // when tend last ran
	nextDue time.Time         // when a retry is due, as far as is known
	cursors map[string]string // how far claim got, by stream
	strays  strays
	stays   rate.Sometimes // logs that events can't be settled: an outage is one line, not one an event
}

func newReader(g *group) *reader {
	return &reader{group: g, slots: make(chan struct{}, g.Concurrency), cursors: map[string]string{},
		strays: strays{begun: map[string]bool{}}, stays: rate.Sometimes{Interval: time.Minute}}
}

// run handles as many events at once as it may until ctx ends, and drains.
func (r *reader) run(ctx context.Context) {
	r.repeat(ctx, func(ctx context.Context) error {
		err := r.round(ctx)
		if err != nil {
			r.strays.suspect()
		}
		return err
	})
	r.running.Wait()
	r.leave(context.WithoutCancel(ctx))
}

// round reads what there is room for: what was read and not begun would wait
// here while others are idle.
func (r *reader) round(ctx context.Context) error {
	select { // until there is room
	case r.slots <- struct{}{}:
		<-r.slots
	case <-ctx.Done():
		return nil
	}
	if time.Since(r.tended) >= tendEvery || !time.Now().Before(r.nextDue) {
		if err := r.ask(ctx, func() error { return r.tend(ctx) }); err != nil {
			return err
		}
	}
	if r.room() == 0 {
		return nil
	}
	// Redis takes 0 for ever.
	block := max(time.Millisecond, min(poll, time.Until(r.nextDue)))
	return r.ask(ctx, func() error { return r.readNew(ctx, r.cfg.stream(), block) })
}

func (r *reader) room() int { return min(batch, cap(r.slots)-len(r.slots)) }

// tend takes over what others left, hands on retries that are due and reads
// those.
func (r *reader) tend(ctx context.Context) error {
	for _, stream := range r.streams() {
		if err := r.claim(ctx, stream); err != nil {
			return fmt.Errorf("claim what another left: %w", err)
		}
		if err := r.gather(ctx, stream); err != nil {
			return fmt.Errorf("gather what went astray: %w", err)
		}
	}
	next, err := due.Run(ctx, r.redis, []string{r.cfg.retries(r.Name), r.cfg.again(r.Name)}, batch).Int64()
	if err != nil {
		return fmt.Errorf("hand on retries: %w", err)
	}
	r.tended = time.Now()
	r.nextDue = r.tended.Add(poll)
	if next >= 0 {
		r.nextDue = r.tended.Add(time.Duration(next) * time.Millisecond)
	}
	if r.room() == 0 {
		return nil
	}
	return r.readNew(ctx, r.cfg.again(r.Name), -1)
}

// readNew begins with what nobody has read yet. It waits for block; a negative
// one is not at all.
func (r *reader) readNew(ctx context.Context, stream string, block time.Duration) error {
	read, err := r.redis.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: r.Name, Consumer: r.member, Streams: []string{stream, ">"}, Count: int64(r.room()), Block: block,
	}).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("read: %w", err)
	}
	for _, s := range read {
		r.begin(ctx, stream, s.Messages, false)
	}
	return nil
}

// begin handles the entries, for which there is room, beside others. Once ctx
// has ended it returns them. Entries that another member had are claimed.
func (r *reader) begin(ctx context.Context, stream string, messages []redis.XMessage, claimed bool) {
	if ctx.Err() != nil {
		r.giveBack(ctx, stream, messages)
		return
	}
	var unwanted []string
	for _, m := range messages {
		d := read(stream, m)
		d.claimed = claimed
		if d.eventType != "" && !r.Wants(order.EventType(d.eventType)) {
			unwanted = append(unwanted, d.entry)
			continue
		}
		r.slots <- struct{}{}
		r.strays.begin(d)
		r.running.Go(func() {
			defer func() { <-r.slots }()
			defer r.strays.end(d)
			r.deliver(context.WithoutCancel(ctx), d)
		})
	}
	if len(unwanted) > 0 {
		// If it fails, they are claimed and acknowledged then.
		_ = r.redis.XAck(ctx, stream, r.Name, unwanted...).Err()
	}
}

func (r *reader) deliver(ctx context.Context, d delivery) {
	o := r.attempt(ctx, d, d.failures())
	if o.busy && d.claimed {
		// It stays for whoever is at it to settle, or else that attempt's failure
		// would count for nothing. If nobody is, it is claimed once more.
		return
	}
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	if err := r.settle(ctx, d, o); err != nil {
		r.strays.suspect()
		r.stays.Do(func() {
			r.cfg.Log.WarnContext(events.Within(ctx, d.Body), "events stay with their consumer", "consumer", r.Name, "entry", d.entry, "error", err)
		})
	}
}
