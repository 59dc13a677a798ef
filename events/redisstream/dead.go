package redisstream

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

var _ events.DeadLetters = (*Subscriber)(nil)

// Collect implements events.DeadLetters. The stream has no group: processes
// that collect beside each other hand over the same letters, which take bears
// anyway, and one that dies leaves nothing to claim.
func (s *Subscriber) Collect(ctx context.Context, c events.Consumer, take func(context.Context, events.DeadLetter) error) error {
	if err := c.Check(); err != nil {
		return err
	}
	waiting := false
	for pause := firstPause; ctx.Err() == nil; {
		n, err := s.collect(ctx, c.Name, take)
		switch {
		case err == nil && n == batch:
			continue
		case err == nil:
			pause, waiting = poll, false
		case ctx.Err() == nil:
			if !waiting {
				s.cfg.Log.Warn("dead letters wait in their stream", "consumer", c.Name, "error", err)
			}
			waiting = true
			pause = min(2*pause, lastPause)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
	return nil
}

// collect hands over one batch, and deletes each letter that was taken.
func (s *Subscriber) collect(ctx context.Context, consumer string, take func(context.Context, events.DeadLetter) error) (int, error) {
	stream := s.cfg.dead(consumer)
	entries, err := s.redis.XRangeN(ctx, stream, "-", "+", batch).Result()
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", stream, err)
	}
	for _, entry := range entries {
		field := func(key string) string {
			text, _ := entry.Values[key].(string)
			return text
		}
		letter := events.DeadLetter{Consumer: consumer, Body: []byte(field(eventField)), Failures: events.FailuresOf(field)}
		if letter.DeadReason == "" { // by another consumer's hand
			letter.DeadReason = events.DeadRejected
		}
		if err := take(ctx, letter); err != nil {
			return 0, err
		}
		if err := s.redis.XDel(ctx, stream, entry.ID).Err(); err != nil {
			return 0, fmt.Errorf("delete entry %s of %s: %w", entry.ID, stream, err)
		}
	}
	return len(entries), nil
}

// Redrive implements events.DeadLetters, by the stream of events that are due
// again. All of them are added, or none.
func (s *Subscriber) Redrive(ctx context.Context, consumer string, bodies [][]byte) error {
	_, err := s.redis.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		for _, body := range bodies {
			text, err := json.Marshal(retry{Body: body, Fields: events.Failures{}.Fields()})
			if err != nil {
				return err
			}
			tx.XAdd(ctx, &redis.XAddArgs{Stream: s.cfg.again(consumer), Values: []any{retryField, text}})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("redrive events of %s: %w", consumer, err)
	}
	return nil
}
