package redisstream

import (
	"context"
	_ "embed"
	"fmt"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed make.lua
	makeText   string
	makeGroups = redis.NewScript(makeText)
)

// topology makes the groups once, and again after something went wrong: Redis
// may have come back without them.
type topology struct {
	made atomic.Bool
	seen atomic.Bool // it was made before: what is missing now was lost
}

// make creates the groups of the known consumers and of more. It is safe to
// repeat, and by any number at once.
func (t *topology) make(ctx context.Context, client redis.UniversalClient, cfg Config, more ...string) error {
	if t.made.Load() {
		return nil
	}
	keys, groups := []string{cfg.stream()}, []any{}
	add := func(name string) {
		keys, groups = append(keys, cfg.again(name)), append(groups, name)
	}
	for _, c := range cfg.Consumers {
		add(c.Name)
	}
	for _, name := range more {
		add(name)
	}
	n, err := makeGroups.Run(ctx, client, keys, groups...).Int()
	if err != nil {
		return fmt.Errorf("make the groups of %s: %w", cfg.stream(), err)
	}
	if t.seen.Load() && n > 0 {
		cfg.Log.Warn("groups were gone and are made anew", "stream", cfg.stream(), "groups", n)
	}
	t.made.Store(true)
	t.seen.Store(true)
	return nil
}

// forget has the next use look again.
func (t *topology) forget() { t.made.Store(false) }
