package outbound

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// longestPause caps what a provider's Retry-After can ask of all orders. It is
// also the longest pause between two attempts of a step: then one asks again.
const longestPause = time.Minute

// limit is the provider's tokens, and the pause that it asked for.
type limit struct {
	tokens *rate.Limiter

	mu     sync.Mutex
	paused time.Time // until then
}

// newLimit makes a token bucket that lets no more than perSecond requests
// through in any second. A bucket of b tokens that fills with f a second lets
// up to b+f-1 through, so what it holds is taken off what it fills with. It
// holds a fifth: charging takes two requests right after each other, and
// without a second token no order could charge in the lane.
func newLimit(perSecond float64) *limit {
	if perSecond <= 0 {
		return &limit{tokens: rate.NewLimiter(rate.Inf, 1)}
	}
	holds := max(1, int(perSecond/5))
	return &limit{tokens: rate.NewLimiter(rate.Limit(perSecond-float64(holds-1)), holds)}
}

// take takes a token, and waits for it where that is worth it. Otherwise it
// says why not, and how long until there is one.
// Its error is that of ctx.
func (l *limit) take(ctx context.Context) (waited time.Duration, why reason, left time.Duration, err error) {
	now := time.Now()
	from, why := l.earliest(now)
	token := l.tokens.ReserveN(from, 1)
	left = token.DelayFrom(now)
	if left == 0 {
		return 0, "", 0, nil
	}
	if !worthIt(ctx, now, left) {
		token.CancelAt(from)
		return 0, why, left, nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		token.Cancel()
		return time.Since(now), "", 0, ctx.Err()
	case <-timer.C:
	}
	waited = time.Since(now)
	if until, why := l.earliest(time.Now()); why == whyPause { // asked for meanwhile
		return waited, why, time.Until(until), nil
	}
	return waited, "", 0, nil
}

// earliest is the time of the next request, were there tokens, and what a
// request that must wait for longer than that waits for.
func (l *limit) earliest(now time.Time) (time.Time, reason) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.paused.After(now) {
		return l.paused, whyPause
	}
	return now, whyRate
}

// pause lets no request of this process out for so long. It never shortens an
// earlier pause.
func (l *limit) pause(d time.Duration) {
	until := time.Now().Add(min(d, longestPause))
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.paused) {
		l.paused = until
	}
}

// retryAfter is how long the answer asks to wait, as seconds or as a date (RFC
// 9110, section 10.2.3); 0 if it doesn't say.
func retryAfter(response *http.Response, now time.Time) time.Duration {
	text := response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		// Bounded before it is multiplied, which could overflow.
		return time.Duration(min(max(seconds, 0), int(longestPause/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
