package redisstream

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
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
