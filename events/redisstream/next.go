package redisstream

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed next.lua
	nextText string
	next     = redis.NewScript(nextText)
)

// What the next script returns first.
const (
	none      = 0
	fromAgain = 2
	notOurs   = -1
)

// handleNext handles a batch of what nobody has read yet, or waits for it.
func (l *lease) handleNext(ctx context.Context) error {
	wait := poll
	var answer []any
	err := l.ask(ctx, func() error {
		ms, err := due.Run(ctx, l.redis, []string{l.cfg.retries(l.Name), l.cfg.again(l.Name)}, batch).Int64()
		if err != nil {
			return fmt.Errorf("hand on retries: %w", err)
		}
		if ms >= 0 {
			wait = max(time.Millisecond, min(poll, time.Duration(ms)*time.Millisecond))
		}
		answer, err = next.Run(ctx, l.redis, []string{l.cfg.lease(l.Name), l.cfg.again(l.Name), l.cfg.stream()},
			l.fence, l.Name, l.member, batch).Slice()
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	stream := l.cfg.stream()
	switch answer[0] {
	case int64(notOurs):
		return errLost
	case int64(none):
		last, _ := answer[1].(string)
		return l.await(ctx, last, wait)
	case int64(fromAgain):
		stream = l.cfg.again(l.Name)
	}
	return l.handleAll(ctx, stream, messagesOf(answer[1]))
}

// await returns when there is an entry after the last one, or after a while.
// It reads beside the group, and so takes nothing from a successor.
func (l *lease) await(ctx context.Context, last string, wait time.Duration) error {
	return l.ask(ctx, func() error {
		err := l.redis.XRead(ctx, &redis.XReadArgs{Streams: []string{l.cfg.stream(), last}, Count: 1, Block: wait}).Err()
		if errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
}

// messagesOf reads a script's entries: {id, {field, value, …}} each.
func messagesOf(entries any) []redis.XMessage {
	list, _ := entries.([]any)
	messages := make([]redis.XMessage, 0, len(list))
	for _, entry := range list {
		pair, _ := entry.([]any)
		if len(pair) != 2 {
			continue
		}
		m := redis.XMessage{Values: map[string]any{}}
		m.ID, _ = pair[0].(string)
		fields, _ := pair[1].([]any)
		for i := 0; i+1 < len(fields); i += 2 {
			name, _ := fields[i].(string)
			m.Values[name] = fields[i+1]
		}
		messages = append(messages, m)
	}
	return messages
}
