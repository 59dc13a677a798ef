package redisstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
	"makegood/order"
)

// runOrdered handles one event after another while this process has the
// consumer's lease, until ctx ends.
func (g *group) runOrdered(ctx context.Context) {
	g.repeat(ctx, func(ctx context.Context) error {
		l, left, err := g.acquire(ctx)
		if err != nil {
			return err
		}
		if l == nil {
			sleep(ctx, min(left, poll))
			return nil
		}
		return l.term(ctx)
	})
	g.leave(context.WithoutCancel(ctx))
}

// term is the time that this process is active.
func (l *lease) term(ctx context.Context) error {
	// Its end is not that of ctx: a last event is handled under the lease.
	extending, stop := context.WithCancel(context.WithoutCancel(ctx))
	held, lost := context.WithCancel(ctx)
	l.lost = lost
	go l.extend(extending)
	defer func() {
		stop()
		<-l.done
		if ctx.Err() != nil {
			l.release(context.WithoutCancel(ctx))
		}
	}()
	err := l.work(held)
	if held.Err() != nil || errors.Is(err, errLost) {
		return nil
	}
	return err
}

// work handles first what is pending, whoever read it: nobody else is active.
func (l *lease) work(ctx context.Context) error {
	stuck, err := l.head(ctx)
	if err != nil {
		return err
	}
	l.stuck = stuck
	for _, stream := range l.streams() {
		if err := l.takeOver(ctx, stream); err != nil {
			return err
		}
	}
	for ctx.Err() == nil {
		if err := l.handleNext(ctx); err != nil {
			return err
		}
	}
	return nil
}

// takeOver claims and handles what is pending, in order. That a process which
// has lost the lease may claim too, until it looks, does no harm: nothing
// rests on who an entry is pending with.
func (l *lease) takeOver(ctx context.Context, stream string) error {
	for start := "0-0"; ctx.Err() == nil; {
		var messages []redis.XMessage
		err := l.ask(ctx, func() (err error) {
			messages, start, err = l.redis.XAutoClaim(ctx, &redis.XAutoClaimArgs{
				Stream: stream, Group: l.Name, Consumer: l.member, Start: start, Count: batch,
			}).Result()
			return err
		})
		if err != nil {
			return fmt.Errorf("take over what is pending: %w", err)
		}
		if messages, err = l.buryKillers(ctx, stream, messages, l.settle); err != nil {
			return err
		}
		if err := l.handleAll(ctx, stream, messages); err != nil {
			return err
		}
		if start == "0-0" {
			break
		}
	}
	return ctx.Err()
}

func (l *lease) handleAll(ctx context.Context, stream string, messages []redis.XMessage) error {
	for i, m := range messages {
		if ctx.Err() != nil {
			if l.check() == nil {
				l.giveBack(ctx, stream, messages[i:])
			}
			return ctx.Err()
		}
		if err := l.handle(ctx, read(stream, m)); err != nil {
			return err
		}
	}
	return nil
}

// handle has the event handled in its place, as often as it takes, and
// settles it. Its error leaves it pending.
func (l *lease) handle(ctx context.Context, d delivery) error {
	if d.eventType != "" && !l.Wants(order.EventType(d.eventType)) {
		return l.settle(context.WithoutCancel(ctx), d, outcome{verdict: events.Handled})
	}
	failures, wait := d.failures(), time.Duration(0)
	if l.stuck.entry == d.stream+" "+d.entry {
		failures, wait = l.stuck.Failures, time.Until(l.stuck.due)
	}
	for {
		if sleep(ctx, wait); ctx.Err() != nil {
			return ctx.Err()
		}
		// A process that is frozen just here and thaws finds the inbox against it.
		if err := l.check(); err != nil {
			return err
		}
		o := l.attempt(context.WithoutCancel(ctx), d, failures)
		failures, wait = o.Failures, o.wait
		err := l.settle(context.WithoutCancel(ctx), d, o)
		if err != nil || o.verdict != events.Later {
			return err
		}
	}
}
