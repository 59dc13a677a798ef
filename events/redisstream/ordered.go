package redisstream

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
	"makegood/order"
)

var (
	//go:embed done.lua
	doneText string
	done     = redis.NewScript(doneText)

	//go:embed retry.lua
	retryText string
	tryAgain  = redis.NewScript(retryText)

	//go:embed head.lua
	headText string
	head     = redis.NewScript(headText)
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

// stuck is the event that failed under whichever lease and is tried again.
type stuck struct {
	entry string // with its stream; empty if there is none
	due   time.Time
	events.Failures
}

func (l *lease) head(ctx context.Context) (s stuck, err error) {
	err = l.ask(ctx, func() error {
		tells, err := head.Run(ctx, l.redis, []string{l.cfg.head(l.Name)}).Slice()
		if err != nil {
			return fmt.Errorf("read what failed: %w", err)
		}
		if len(tells) < 3 {
			return nil
		}
		s.entry, _ = tells[0].(string)
		fields := map[string]string{}
		if text, ok := tells[1].(string); ok {
			_ = json.Unmarshal([]byte(text), &fields) // else it counts from 1 again
		}
		s.Failures = events.FailuresOf(func(key string) string { return fields[key] })
		ms, _ := tells[2].(int64)
		s.due = time.Now().Add(time.Duration(ms) * time.Millisecond)
		return nil
	})
	return s, err
}

// settle does what the verdict says, if the lease is still ours.
func (l *lease) settle(ctx context.Context, d delivery, o outcome) error {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	ours := false
	err := l.ask(ctx, func() error {
		keys := []string{l.cfg.lease(l.Name), l.cfg.head(l.Name), d.stream, l.cfg.dead(l.Name)}
		var answer *redis.Cmd
		switch o.verdict {
		case events.Later:
			text, err := json.Marshal(o.Fields())
			if err != nil {
				return err
			}
			answer = tryAgain.Run(ctx, l.redis, keys[:2], l.fence, d.stream+" "+d.entry, text, o.wait.Milliseconds())
		case events.Dead:
			answer = done.Run(ctx, l.redis, keys, append([]any{l.fence, l.Name, d.entry, l.own(d)}, deadEntry(d, o.Failures)...)...)
		default:
			answer = done.Run(ctx, l.redis, keys, l.fence, l.Name, d.entry, l.own(d))
		}
		n, err := answer.Int()
		ours = n == 1
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("settle: %w", err)
	case !ours:
		return errLost
	default:
		return nil
	}
}
