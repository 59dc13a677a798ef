package redisstream

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"makegood/events"
)

// outage is the time in which Redis answers a consumer with errors, or not at
// all. Its zero value is none.
type outage struct {
	mu    sync.Mutex
	cause error
	began time.Time
}

// hear takes what a round came to, and logs when an outage begins and ends.
func (o *outage) hear(ctx context.Context, log *slog.Logger, consumer string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil && ctx.Err() != nil: // the end, no outage
		return
	case err != nil && o.cause == nil:
		o.began = time.Now()
		log.Warn("the broker is down", "consumer", consumer, "error", err)
	case err == nil && o.cause != nil:
		log.Info("the broker is back", "consumer", consumer, "outage", time.Since(o.began).Round(time.Millisecond))
	}
	o.cause = err
}

func (o *outage) ready(consumer string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cause == nil {
		return nil
	}
	return fmt.Errorf("consumer %s: %w: %w", consumer, events.ErrBrokerDown, o.cause)
}
