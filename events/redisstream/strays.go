package redisstream

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// strayFor is how long after a failure Redis may still find the connections
// that broke, and hand them entries.
const strayFor = 5 * time.Second

// strays are entries that Redis handed to this member and that nobody works
// on: the reply was lost, or the acknowledgement failed. Others would leave
// them alone until they have been idle.
type strays struct {
	mu    sync.Mutex
	begun map[string]bool // by stream and entry
	until time.Time       // worth a look; zero is not
}

// suspect has the member look for strays for a while.
func (s *strays) suspect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Now().Add(strayFor)
}

func (s *strays) suspected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.until)
}

func (s *strays) begin(d delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun[d.stream+" "+d.entry] = true
}

func (s *strays) end(d delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.begun, d.stream+" "+d.entry)
}

// working is what is being worked on.
func (s *strays) working() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.begun)
}

// gather begins with strays, the oldest first.
func (r *reader) gather(ctx context.Context, stream string) error {
	if r.room() == 0 || !r.strays.suspected() {
		return nil
	}
	// Before the question: what ends meanwhile is no stray.
	working := r.strays.working()
	ours, err := r.redis.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: r.Name, Consumer: r.member, Streams: []string{stream, "0"}, Count: int64(r.Concurrency + batch), Block: -1,
	}).Result()
	if err != nil || len(ours) == 0 {
		return err
	}
	found := slices.DeleteFunc(ours[0].Messages, func(m redis.XMessage) bool {
		return working[stream+" "+m.ID] || m.Values == nil // deleted by hand
	})
	r.begin(ctx, stream, found[:min(len(found), r.room())], false)
	return nil
}
