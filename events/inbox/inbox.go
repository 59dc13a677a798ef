// Package inbox sees to it that a consumer handles an event once, however
// often it is delivered: a lease before the effect, kept while that lasts, and a
// mark after it. It never looks into the event.
package inbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"makegood/events"
	"makegood/roundtrips"
)

// DefaultKeepFor is 15 days more than a dead letter is kept: so long may one
// wait for its index as well.
const DefaultKeepFor = 45 * 24 * time.Hour

// Config has a useful zero value.
type Config struct {
	// Namespace keeps installations that share a Redis apart.
	Namespace string
	// Lease is for how long an event waits after its attempt was killed or
	// frozen. It says nothing of how long a handler may take: while one runs,
	// its lease is renewed, and its context ends before a lease that can't be
	// does. Zero means 15 s: docs/adr/0018.
	Lease time.Duration
	// KeepFor is how long a handled event is remembered. It must exceed the
	// time that a dead letter is kept, or a redrive repeats what happened.
	// Zero means DefaultKeepFor.
	KeepFor time.Duration
	// Registry takes the metrics; it has room for one inbox. Nil means none.
	Registry prometheus.Registerer
	// Log hears of marks that could not be made. Nil means slog.Default.
	Log *slog.Logger
}

// Inbox remembers handled events on Redis.
type Inbox struct {
	client   redis.UniversalClient
	together *roundtrips.Shared
	cfg      Config
	asked    asked
}

// New makes an inbox on a Redis that the caller closes.
func New(client redis.UniversalClient, cfg Config) *Inbox {
	if cfg.Lease <= 0 {
		cfg.Lease = 15 * time.Second
	}
	if cfg.KeepFor <= 0 {
		cfg.KeepFor = DefaultKeepFor
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Inbox{client: client, together: roundtrips.New(client), cfg: cfg, asked: newAsked(cfg.Registry)}
}

// Lease is how long an event waits after its attempt was killed or frozen.
func (b *Inbox) Lease() time.Duration { return b.cfg.Lease }

// Once wraps the consumer's handler. An event that was handled before is nil
// at once; one that another attempt owns is events.ErrBusy, and so is one that
// can't be judged because Redis doesn't answer, before the attempt or when its
// lease should be renewed: none of these counts as an attempt.
//
// The effect is repeated only if the process is killed or frozen between the
// effect and its mark, or Redis takes no mark for 5 s after it, and the event is
// then delivered once more; or if the handler goes on after its context has ended.
func (b *Inbox) Once(consumer string, handle events.Handler) events.Handler {
	asked := b.asked.of(consumer)
	return func(ctx context.Context, e events.Event) error {
		key, token := b.key(consumer, e.ID), rand.Text()
		sent := time.Now()
		state, err := b.together.Run(ctx, claim, []string{key}, token, b.cfg.Lease.Milliseconds(), b.cfg.KeepFor.Milliseconds()).Int()
		switch {
		case err != nil:
			asked.unknown.Inc()
			return fmt.Errorf("%w: ask the inbox: %w", events.ErrBusy, err)
		case state == handled:
			asked.handled.Inc()
			return nil
		case state == leased:
			asked.leased.Inc()
			return events.ErrBusy
		}
		asked.fresh.Inc()
		failed := true
		defer func() {
			if failed { // or panicked
				b.release(ctx, e, key, token)
			}
		}()
		if err := b.hold(ctx, key, token, sent).run(handle, e); err != nil {
			return err
		}
		failed = false
		b.mark(ctx, e, key)
		return nil
	}
}

// mark records the effect. It happened whatever Redis says, so a mark that
// can't be made is no failed attempt: to try again would repeat the effect.
func (b *Inbox) mark(ctx context.Context, e events.Event, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var err error
	for pause := 50 * time.Millisecond; ctx.Err() == nil; pause *= 2 {
		if err = b.together.Do(ctx, "SET", key, markText, "PX", b.cfg.KeepFor.Milliseconds()).Err(); err == nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	b.cfg.Log.ErrorContext(ctx, "handled an event and could not mark it", "order_id", string(e.Subject), "key", key, "error", err)
}

// release lets the next attempt begin before the lease ends. If it fails, the
// lease ends by itself.
func (b *Inbox) release(ctx context.Context, e events.Event, key, token string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := b.together.Run(ctx, release, []string{key}, token).Err(); err != nil {
		b.cfg.Log.WarnContext(ctx, "the inbox keeps a lease until it ends", "order_id", string(e.Subject), "key", key, "error", err)
	}
}

func (b *Inbox) key(consumer, id string) string {
	return "inbox:" + b.cfg.Namespace + ":" + consumer + ":" + id
}
