package redisstream

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed hold.lua
	holdText string
	hold     = redis.NewScript(holdText)

	//go:embed release.lua
	releaseText string
	release     = redis.NewScript(releaseText)
)

// leaseFor is how long the active process of an ordered consumer may be silent
// before another takes its place.
const leaseFor = 5 * time.Second

// errLost is a lease that is another process's by now, or may be.
var errLost = errors.New("the lease is lost")

// lease makes this process the active one of an ordered consumer. Whatever it
// writes carries the fence, and is refused once another process has the lease.
type lease struct {
	*group
	fence int64
	stuck stuck // as it was when the lease was taken

	mu   sync.Mutex
	ends time.Time // at the earliest, by this process's monotonic clock

	lost context.CancelFunc // ends what waits
	done chan struct{}      // closed once it is not extended any more
}

// acquire returns the lease, or how long it is another's.
func (g *group) acquire(ctx context.Context) (*lease, time.Duration, error) {
	began := time.Now()
	fence, left, err := g.hold(ctx)
	if err != nil || fence == 0 {
		return nil, left, err
	}
	if fence != g.fence {
		g.cfg.Log.Info("this process is the consumer's active one", "consumer", g.Name, "fence", fence)
	}
	g.fence = fence
	return &lease{group: g, fence: fence, ends: began.Add(leaseFor), done: make(chan struct{})}, 0, nil
}

func (g *group) hold(ctx context.Context) (fence int64, left time.Duration, err error) {
	err = g.ask(ctx, func() error {
		answer, err := hold.Run(ctx, g.redis, []string{g.cfg.lease(g.Name)}, g.member, leaseFor.Milliseconds()).Int64Slice()
		if err != nil {
			return fmt.Errorf("take the lease: %w", err)
		}
		fence, left = answer[0], time.Duration(answer[1])*time.Millisecond
		return nil
	})
	return fence, left, err
}

// extend extends the lease until ctx ends or it is lost.
func (l *lease) extend(ctx context.Context) {
	defer close(l.done)
	defer l.lost()
	for l.check() == nil {
		sleep(ctx, leaseFor/4)
		if ctx.Err() != nil {
			return
		}
		began := time.Now()
		call, cancel := context.WithTimeout(ctx, leaseFor/4)
		fence, left, err := l.hold(call)
		cancel()
		switch {
		case err != nil: // perhaps the next time
		case fence != l.fence || left > 0:
			return
		default:
			l.mu.Lock()
			l.ends = began.Add(leaseFor)
			l.mu.Unlock()
		}
	}
}

// check is nil while nobody else can have the lease.
func (l *lease) check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().After(l.ends) {
		return errLost
	}
	return nil
}

// release lets another process take over at once. If it fails, the lease ends
// by itself.
func (l *lease) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	if err := release.Run(ctx, l.redis, []string{l.cfg.lease(l.Name)}, l.fence).Err(); err != nil {
		l.cfg.Log.Warn("the lease of an ordered consumer is kept until it ends", "consumer", l.Name, "error", err)
	}
}
