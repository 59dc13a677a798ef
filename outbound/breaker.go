package outbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

const (
	// window is what the breaker looks back over. It is two attempts of an
	// activity (15 s) long: gobreaker books a request where it began, and one
	// to a frozen provider fails only when the attempt ends.
	window = 30 * time.Second
	// bucket is the step in which the window moves on.
	bucket = 3 * time.Second
	// least is how many requests within the window can open the breaker, if
	// half of them failed. With fewer, each order's own retries harm nobody,
	// and the failures may all be of one order.
	least = 20
	// openFor is how long nothing is sent. A deploy of the provider or a lost
	// connection is over by then, and an order that waits barely notices.
	openFor = 5 * time.Second
	// probes are let through at once after that; all of them must succeed. A
	// single one could be the one that succeeds by luck.
	probes = 3
	// silence is how long a provider must have said nothing for a deadline to
	// count as its failure. In the lane all requests of an order share one
	// second: a provider that takes longer than what is left of it is slow,
	// and the same request is well as a regular activity.
	silence = 2 * time.Second
)

var (
	// errFailed says that the provider is to blame.
	errFailed = errors.New("the provider failed")
	// errGaveUp says that the caller had no more time, or no more interest.
	errGaveUp = errors.New("the caller gave up")
	// errNotAsked says that the request never left.
	errNotAsked = errors.New("the provider was not asked")
)

// judge tells what a request says about its provider. Any answer below 500
// shows that it is up, a 429 too.
func judge(ctx context.Context, response *http.Response, err error, after time.Duration) error {
	switch {
	case err == nil && response.StatusCode >= http.StatusInternalServerError:
		return fmt.Errorf("%w: %s", errFailed, response.Status)
	case err == nil:
		return nil
	case ctx.Err() == nil: // the connection was refused, or broke
		return fmt.Errorf("%w: %w", errFailed, err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && after >= silence:
		return fmt.Errorf("%w: it was silent for %s", errFailed, after)
	default:
		return errGaveUp
	}
}

// breaker is closed while the provider works. Open, it lets nothing through;
// half open, some probes.
type breaker struct {
	states *gobreaker.TwoStepCircuitBreaker[struct{}]
	probe  atomic.Pointer[time.Time] // when the next probe may go; nil before it ever opened
}

func newBreaker(provider string, log *slog.Logger) *breaker {
	b := &breaker{}
	b.states = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         provider,
		MaxRequests:  probes,
		Interval:     window,
		BucketPeriod: bucket,
		Timeout:      openFor,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			settled := c.TotalSuccesses + c.TotalFailures
			return settled >= least && 2*c.TotalFailures >= settled
		},
		OnStateChange: func(_ string, from, to gobreaker.State) { b.changed(provider, log, from, to) },
		IsSuccessful:  func(err error) bool { return err == nil },
		IsExcluded:    func(err error) bool { return errors.Is(err, errGaveUp) || errors.Is(err, errNotAsked) },
	})
	return b
}

// changed runs under gobreaker's lock. Of an outage it logs the beginning and
// the end, and nothing of the probes that fail between them.
func (b *breaker) changed(provider string, log *slog.Logger, from, to gobreaker.State) {
	if to == gobreaker.StateOpen {
		probe := time.Now().Add(openFor)
		b.probe.Store(&probe)
	}
	switch {
	case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
		log.Warn("provider fails too often; asking it rarely until it answers", "provider", provider, "every", openFor)
	case to == gobreaker.StateClosed:
		log.Info("provider answers again", "provider", provider)
	}
}

// allow returns how to report the request's end, or an error if it must not be
// sent now.
func (b *breaker) allow() (report func(error), err error) { return b.states.Allow() }

func (b *breaker) state() gobreaker.State { return b.states.State() }

func (b *breaker) isOpen() bool { return b.state() == gobreaker.StateOpen }

// untilProbe is the time until the next probe may go. While probes are under
// way that is not known; a second is what they take at most if all is well.
func (b *breaker) untilProbe() time.Duration {
	if probe := b.probe.Load(); probe != nil && time.Until(*probe) > 0 {
		return time.Until(*probe)
	}
	return time.Second
}
