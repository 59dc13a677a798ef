package outbound

import (
	"context"
	"sync/atomic"
	"time"
)

// room is what waiting must leave a request until its deadline.
const room = 2 * time.Second

type (
	hurryKey   struct{}
	attemptKey struct{}
)

// Hurry marks what is done under the context as in a hurry: a request that
// can't go out at once is refused, and waits for nothing. Activities set it for
// the lane, whose second is for the whole order.
func Hurry(ctx context.Context) context.Context {
	return context.WithValue(ctx, hurryKey{}, true)
}

// Attempt marks what is done under the context as one attempt of a step. Its
// first request waits for a quarter of the time there is at most, and those
// that follow for as long as they can: the next attempt would begin with the
// first request again. With all of them waiting alike, orders that come in
// faster than the rate would spend it on beginnings.
func Attempt(ctx context.Context) context.Context {
	return context.WithValue(ctx, attemptKey{}, new(atomic.Bool))
}

// begin notes that a request of the attempt is sent.
func begin(ctx context.Context) {
	if sent, ok := ctx.Value(attemptKey{}).(*atomic.Bool); ok {
		sent.Store(true)
	}
}

// worthIt tells whether a request under ctx should wait so long for its turn.
func worthIt(ctx context.Context, now time.Time, wait time.Duration) bool {
	if ctx.Value(hurryKey{}) != nil {
		return false
	}
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return true
	}
	left := deadline.Sub(now)
	if sent, ok := ctx.Value(attemptKey{}).(*atomic.Bool); ok && sent.Load() {
		return wait <= left-room
	}
	return wait <= left/4
}
