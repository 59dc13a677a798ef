package redisstream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
	"makegood/order"
)

const (
	batch = 50
	// poll bounds how long a read waits, and thus how late a retry is and how
	// long the end takes: go-redis does not interrupt a read.
	poll = 500 * time.Millisecond

	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
	// settleTimeout bounds an acknowledgement; without it the event is
	// delivered again.
	settleTimeout = 5 * time.Second
)

// group is one process's part in a consumer's group.
type group struct {
	events.Subscription
	redis   redis.UniversalClient
	cfg     Config
	member  string        // this process's name in the group
	lease   time.Duration // the inbox's
	slots   chan struct{}
	running sync.WaitGroup

	claimed time.Time // when what the dead left was last looked for
	outage  outage
}

// run delivers until ctx ends, through outages, and drains.
func (g *group) run(ctx context.Context) {
	pause := firstPause
	made := false
	for ctx.Err() == nil {
		err := g.round(ctx, &made)
		g.outage.hear(ctx, g.cfg.log(), g.Name, err)
		if err == nil {
			pause = firstPause
			continue
		}
		made = false // Redis may have come back without its data
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)):
		}
		pause = min(2*pause, lastPause)
	}
	g.running.Wait()
	g.leave(context.WithoutCancel(ctx))
}

// round hands on what is due, claims what the dead left, and reads what is new.
func (g *group) round(ctx context.Context, made *bool) error {
	streams := []string{g.cfg.stream(), g.cfg.again(g.Name)}
	if !*made {
		for _, stream := range streams {
			err := g.redis.XGroupCreateMkStream(ctx, stream, g.Name, "0").Err()
			if err != nil && !strings.HasPrefix(err.Error(), "BUSYGROUP") {
				return fmt.Errorf("make group %s: %w", g.Name, err)
			}
		}
		*made = true
	}
	if err := due.Run(ctx, g.redis, []string{g.cfg.retries(g.Name), g.cfg.again(g.Name)}, batch).Err(); err != nil {
		return fmt.Errorf("hand on retries: %w", err)
	}
	if err := g.claim(ctx, streams); err != nil {
		return fmt.Errorf("claim what a dead consumer left: %w", err)
	}
	read, err := g.redis.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: g.Name, Consumer: g.member, Streams: append(streams, ">", ">"), Count: batch, Block: poll,
	}).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("read: %w", err)
	}
	for _, stream := range read {
		g.begin(ctx, stream.Stream, stream.Messages)
	}
	return nil
}

// claim takes over entries that have been with a consumer for longer than the
// inbox's lease. Of one that is merely slow, the inbox knows that it is busy.
func (g *group) claim(ctx context.Context, streams []string) error {
	idle := g.lease
	if time.Since(g.claimed) < idle/4 {
		return nil
	}
	for _, stream := range streams {
		for start := "0-0"; ; {
			messages, next, err := g.redis.XAutoClaim(ctx, &redis.XAutoClaimArgs{
				Stream: stream, Group: g.Name, Consumer: g.member, MinIdle: idle, Start: start, Count: batch,
			}).Result()
			if err != nil {
				return err
			}
			g.begin(ctx, stream, messages)
			if start = next; next == "0-0" {
				break
			}
		}
	}
	g.claimed = time.Now()
	return nil
}

// begin handles the entries beside others, as there is room. Once ctx has
// ended, what was not begun is given to whoever comes next.
func (g *group) begin(ctx context.Context, stream string, messages []redis.XMessage) {
	for _, m := range messages {
		g.slots <- struct{}{}
		g.running.Go(func() {
			defer func() { <-g.slots }()
			g.deliver(ctx, read(stream, m))
		})
	}
}

func (g *group) deliver(ctx context.Context, d delivery) {
	failures := events.FailuresOf(func(key string) string { return d.Fields[key] })
	verdict, wait := events.Later, time.Duration(0)
	switch {
	case d.eventType != "" && !g.Wants(order.EventType(d.eventType)):
		verdict = events.Handled
	case ctx.Err() == nil:
		e, err := events.Decode(d.Body)
		if err == nil {
			err = g.Handle(context.WithoutCancel(ctx), e)
		}
		verdict, wait, failures = g.Judge(failures, err, time.Now())
	}
	if verdict == events.Dead {
		g.cfg.log().Warn("an event is dead", "consumer", g.Name, "entry", d.entry,
			"attempts", failures.Attempts, "reason", failures.DeadReason, "error", failures.Last)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := g.settle(ctx, d, verdict, wait, failures); err != nil {
		g.cfg.log().Warn("an event stays with its consumer", "consumer", g.Name, "entry", d.entry, "error", err)
	}
}

// leave takes this process's name off the group, unless something is pending
// under it: that would be forgotten with the name.
func (g *group) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	for _, stream := range []string{g.cfg.stream(), g.cfg.again(g.Name)} {
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
