package redisstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"makegood/events"
)

// Outage is the time in which Redis answers nobody in the process, or with
// errors that say that it can't serve now. It is safe for concurrent use.
type Outage struct {
	tell *events.Outages

	mu    sync.Mutex
	last  time.Time // when the call began that was believed last
	cause error
}

// NewOutage is none yet. It tells of each.
func NewOutage(tell *events.Outages) *Outage { return &Outage{tell: tell} }

// hear takes what a call came to that began then, and tells when an outage
// begins and when it ends. Calls end in any order: one that began before
// another that was heard has nothing new to say.
func (o *Outage) hear(ctx context.Context, began time.Time, err error) {
	if err != nil && ctx.Err() != nil { // the caller's end, or its own haste
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if began.Before(o.last) {
		return
	}
	o.last = began
	if o.cause = err; err != nil {
		o.tell.Down("redis", err)
	} else {
		o.tell.Up("redis")
	}
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
