package redisstream

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
	"makegood/roundtrips"
)

const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
	// settleTimeout bounds an acknowledgement; without it the event is
	// delivered again.
	settleTimeout = 5 * time.Second
)

// group is one process's part in a consumer's group.
type group struct {
	events.Subscription
	redis    redis.UniversalClient
	together *roundtrips.Shared
	cfg      Config
	member   string // this process's name in the group
	topology topology
	// inboxLease is how long an event of a killed member can't be handled.
	inboxLease time.Duration

	mu      sync.Mutex
	bound   bool  // the group is there
	refusal error // why Redis, which answers, does not serve it

	fence int64 // of the last lease, if it is ordered
}

func (g *group) streams() []string { return []string{g.cfg.again(g.Name), g.cfg.stream()} }

// repeat calls round until ctx ends, through outages.
func (g *group) repeat(ctx context.Context, round func(ctx context.Context) error) {
	pause := firstPause
	for ctx.Err() == nil {
		err := g.prepare(ctx)
		if err == nil {
			err = round(ctx)
		}
		g.hear(ctx, err)
		if err == nil {
			pause = firstPause
			continue
		}
		g.topology.forget() // Redis may come back without its data
		sleep(ctx, pause/2+rand.N(pause))
		pause = min(2*pause, lastPause)
	}
}

// ask calls Redis, and tells the process's outage of what came of it.
func (g *group) ask(ctx context.Context, call func() error) error {
	began := time.Now()
	err := call()
	heard := err
	if refused(err) {
		heard = nil // it answers
	}
	g.cfg.Outage.hear(ctx, began, heard)
	return err
}

// hear notes and logs a Redis that answers and refuses: that is this
// consumer's alone.
func (g *group) hear(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.refusal
	if g.refusal = nil; refused(err) {
		g.refusal = err
	}
	switch {
	case was == nil && g.refusal != nil:
		g.cfg.Log.Warn("the broker refuses a consumer", "consumer", g.Name, "error", err)
	case was != nil && err == nil:
		g.cfg.Log.Info("the broker serves a consumer again", "consumer", g.Name)
	}
}

// ready is nil once the group is there and while it is served.
func (g *group) ready() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.refusal != nil:
		return fmt.Errorf("consumer %s: %w", g.Name, g.refusal)
	case !g.bound:
		return fmt.Errorf("consumer %s: %w: its group is not made yet", g.Name, events.ErrBrokerDown)
	}
	return nil
}

func (g *group) prepare(ctx context.Context) error {
	err := g.ask(ctx, func() error { return g.topology.make(ctx, g.redis, g.cfg, g.Name) })
	if err == nil {
		g.mu.Lock()
		g.bound = true
		g.mu.Unlock()
	}
	return err
}

// sleep returns when d has passed or ctx has ended.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// leave takes this process's name off the group, unless something is pending
// under it: that would be forgotten with the name.
func (g *group) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for _, stream := range g.streams() {
		members, err := g.redis.XInfoConsumers(ctx, stream, g.Name).Result()
		if err != nil {
			return
		}
		for _, m := range members {
			if m.Name == g.member && m.Pending == 0 {
				_ = g.redis.XGroupDelConsumer(ctx, stream, g.Name, g.member).Err()
			}
		}
	}
}
