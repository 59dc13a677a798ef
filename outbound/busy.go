package outbound

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Busy says that a request was not sent, and when to come back: the provider
// has been asked as often as it may be, or is down. Nothing took effect.
type Busy struct {
	Provider string
	// RetryAfter is the time until a request has a chance, with some jitter:
	// those that were refused at the same moment don't all come back at once.
	RetryAfter time.Duration

	why reason
}

// reason is why a request was not sent; it is also a label of the metrics.
type reason string

const (
	whyRate    reason = "rate"
	whyPause   reason = "pause"
	whyBreaker reason = "breaker"
)

func (b *Busy) Error() string {
	why := map[reason]string{
		whyRate:    "its rate is used up",
		whyPause:   "it asked for a pause",
		whyBreaker: "it fails too often",
	}[b.why]
	return fmt.Sprintf("%s was not asked: %s, again in %s", b.Provider, why, b.RetryAfter.Round(10*time.Millisecond))
}

// WaitFor is RetryAfter, by the name that whoever repeats a step asks for.
func (b *Busy) WaitFor() time.Duration { return b.RetryAfter }

const leastWait = 100 * time.Millisecond

// withJitter adds up to a quarter.
func withJitter(wait time.Duration) time.Duration {
	wait = max(wait, leastWait)
	return wait + rand.N(wait/4)
}
