package redisstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

// Outage is the time in which Redis answers nobody in the process, or with
// errors that say that it can't serve now. Its zero value is none, and it is
// safe for concurrent use.
type Outage struct {
	mu    sync.Mutex
	last  time.Time // when the call began that was believed last
	cause error
	began time.Time
}

// hear takes what a call came to that began then, and logs when an outage
// begins and when it ends. Calls end in any order: one that began before
// another that was heard has nothing new to say.
func (o *Outage) hear(ctx context.Context, log *slog.Logger, began time.Time, err error) {
	if err != nil && ctx.Err() != nil { // the caller's end, or its own haste
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if began.Before(o.last) {
		return
	}
	o.last = began
	switch {
	case err != nil && o.cause == nil:
		o.began = time.Now()
		log.Warn("the broker is down", "broker", "redis", "error", err)
	case err == nil && o.cause != nil:
		log.Info("the broker is back", "broker", "redis", "outage", time.Since(o.began).Round(time.Millisecond))
	}
	o.cause = err
}

func (o *Outage) ready() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.cause == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", events.ErrBrokerDown, o.cause)
}

// refused tells a Redis that answers and does not want this (it is full, or
// the user may not) from one that can't serve anybody now.
func refused(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply) && !redis.IsLoadingError(err) && !redis.IsReadOnlyError(err) &&
		!redis.IsClusterDownError(err) && !redis.IsMasterDownError(err) && !redis.IsTryAgainError(err) &&
		!redis.IsNoReplicasError(err) && !redis.IsMaxClientsError(err)
}
