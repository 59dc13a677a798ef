// Package inbox sees to it that a consumer handles an event once, however
// often it is delivered: a lease before the effect, a mark after it. It never
// looks into the event.
package inbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

// Config has a useful zero value.
type Config struct {
	// Namespace keeps installations that share a Redis apart.
	Namespace string
	// Lease is how long an attempt owns an event. The handler's context ends
	// before it does. Zero means 2 minutes.
	Lease time.Duration
	// KeepFor is how long a handled event is remembered. It must exceed the
	// time that a dead letter is kept, or a redrive repeats what happened.
	// Zero means 45 days.
	KeepFor time.Duration
	// Log hears of marks that could not be made. Nil means slog.Default.
	Log *slog.Logger
}

// Inbox remembers handled events on Redis.
type Inbox struct {
	redis redis.UniversalClient
	cfg   Config
}

// New makes an inbox on a Redis that the caller closes.
func New(client redis.UniversalClient, cfg Config) *Inbox {
	if cfg.Lease <= 0 {
		cfg.Lease = 2 * time.Minute
	}
	if cfg.KeepFor <= 0 {
		cfg.KeepFor = 45 * 24 * time.Hour
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Inbox{redis: client, cfg: cfg}
}

// Once wraps the consumer's handler. An event that was handled before is nil
// at once; one that another attempt owns is events.ErrBusy, and so is one that
// can't be judged because Redis doesn't answer: neither counts as an attempt.
//
// The effect is repeated only if the process is killed or frozen between the
// effect and its mark.
func (b *Inbox) Once(consumer string, handle events.Handler) events.Handler {
	return func(ctx context.Context, e events.Event) error {
		key, token := b.key(consumer, e.ID), rand.Text()
		// From here, so that the effect can't begin after the lease has ended.
		ctx, cancel := context.WithTimeout(ctx, b.cfg.Lease*9/10)
		defer cancel()
		state, err := claim.Run(ctx, b.redis, []string{key}, token, b.cfg.Lease.Milliseconds(), b.cfg.KeepFor.Milliseconds()).Int()
		switch {
		case err != nil:
			return fmt.Errorf("%w: ask the inbox: %w", events.ErrBusy, err)
		case state == handled:
			return nil
		case state == leased:
			return events.ErrBusy
		}
		if err := handle(ctx, e); err != nil {
			b.release(ctx, key, token)
			return err
		}
		b.mark(ctx, key)
		return nil
	}
}

// mark records the effect. It happened whatever Redis says, so a mark that
// can't be made is no failed attempt: to try again would repeat the effect.
func (b *Inbox) mark(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var err error
	for pause := 50 * time.Millisecond; ctx.Err() == nil; pause *= 2 {
		if err = b.redis.Set(ctx, key, markText, b.cfg.KeepFor).Err(); err == nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	b.cfg.Log.Error("handled an event and could not mark it", "key", key, "error", err)
}

// release lets the next attempt begin before the lease ends. If it fails, the
// lease ends by itself.
func (b *Inbox) release(ctx context.Context, key, token string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := release.Run(ctx, b.redis, []string{key}, token).Err(); err != nil {
		b.cfg.Log.Warn("the inbox keeps a lease until it ends", "key", key, "error", err)
	}
}

func (b *Inbox) key(consumer, id string) string {
	return "inbox:" + b.cfg.Namespace + ":" + consumer + ":" + id
}
