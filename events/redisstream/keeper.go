package redisstream

import (
	"context"
	_ "embed"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed trim.lua
	trimText string
	trim     = redis.NewScript(trimText)
)

const (
	keepEvery = 10 * time.Second
	// trimAtOnce bounds how long the script holds up Redis: about a
	// millisecond.
	trimAtOnce = 1000
)

// keeper trims the stream and watches its length, while any consumer of the
// process runs. Every process has one: they do each other no harm.
type keeper struct {
	redis redis.UniversalClient
	cfg   Config

	mu   sync.Mutex
	held int
	stop context.CancelFunc
	done chan struct{}

	long bool // the alarm is raised
}

// hold keeps the keeper at work until the func is called.
func (k *keeper) hold() (release func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held++; k.held == 1 {
		ctx, stop := context.WithCancel(context.Background())
		k.stop, k.done = stop, make(chan struct{})
		go k.run(ctx, k.done)
	}
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.held--; k.held == 0 {
			k.stop()
			<-k.done
		}
	}
}

func (k *keeper) run(ctx context.Context, done chan struct{}) {
	defer close(done)
	for ctx.Err() == nil {
		call, cancel := context.WithTimeout(ctx, keepEvery)
		if length, slowest, err := k.trim(call); err == nil { // else the consumers say so
			k.watch(length, slowest)
		}
		cancel()
		sleep(ctx, keepEvery)
	}
}

// trim drops what may go, some at a time. It returns how long the stream is
// then, and the group that has acknowledged least.
func (k *keeper) trim(ctx context.Context) (length int64, slowest string, err error) {
	args := []any{k.cfg.Keep.Milliseconds(), k.cfg.Long / 10, trimAtOnce}
	for _, c := range k.cfg.Consumers {
		args = append(args, c.Name)
	}
	for {
		answer, err := trim.Run(ctx, k.redis, []string{k.cfg.stream()}, args...).Slice()
		if err != nil {
			return 0, "", fmt.Errorf("trim the stream: %w", err)
		}
		dropped, _ := answer[0].(int64)
		length, _ = answer[1].(int64)
		slowest, _ = answer[2].(string)
		if dropped == 0 {
			return length, slowest, nil
		}
	}
}

// watch raises the alarm, and ends it when the stream is well below.
func (k *keeper) watch(length int64, slowest string) {
	switch {
	case !k.long && length >= k.cfg.Long:
		k.long = true
		k.cfg.Log.Warn("the stream of events is too long; nothing is dropped from it", "stream", k.cfg.stream(),
			"length", length, "alarm", k.cfg.Long, "slowest_consumer", slowest,
			"hint", "run that consumer, or XGROUP DESTROY its group if it is gone for good")
	case k.long && length < k.cfg.Long*9/10:
		k.long = false
		k.cfg.Log.Info("the stream of events is short again", "stream", k.cfg.stream(), "length", length, "alarm", k.cfg.Long)
	}
}
