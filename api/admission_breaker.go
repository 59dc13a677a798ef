package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"makegood/order"
)

const (
	// failedLooks one after the other mean that Redis is slow or down.
	failedLooks = 3
	// unaskedFor is how long no order looks at stock then. One of them tries
	// after it, and that costs it admissionTimeout if Redis is still away.
	unaskedFor = time.Second
)

// errFailedTogether says that the look failed while another did: both tell of
// one moment, and only the first counts. Else one slow read, which fifty orders
// share, would be an outage.
var errFailedTogether = errors.New("so did another at the same time")

// stockBreaker is closed while stock answers in time. Open, it has orders pass
// without a look; half open, all but one.
type stockBreaker struct {
	states *gobreaker.CircuitBreaker[[]order.Shortage]
	log    *slog.Logger

	mu     sync.Mutex
	failed time.Time // when the last look did that counted
	cause  error     // why
}

func newStockBreaker(log *slog.Logger) *stockBreaker {
	b := &stockBreaker{log: log}
	b.states = gobreaker.NewCircuitBreaker[[]order.Shortage](gobreaker.Settings{
		Name:          "stock",
		Timeout:       unaskedFor,
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failedLooks },
		OnStateChange: b.changed,
		// A client that hung up says nothing about Redis.
		IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) || errors.Is(err, errFailedTogether) },
	})
	return b
}

// look is ask's answer, or an error at once while the breaker is open.
func (b *stockBreaker) look(ask func() ([]order.Shortage, error)) ([]order.Shortage, error) {
	return b.states.Execute(func() ([]order.Shortage, error) {
		began := time.Now()
		short, err := ask()
		if err != nil {
			err = b.judge(err, began)
		}
		return short, err
	})
}

// judge keeps the failure of a look that began after the last one had failed.
func (b *stockBreaker) judge(err error, began time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if began.Before(b.failed) {
		return fmt.Errorf("%w: %w", errFailedTogether, err)
	}
	if !errors.Is(err, context.Canceled) {
		b.failed, b.cause = time.Now(), err
	}
	return err
}

// changed runs under gobreaker's lock. It logs the beginning and the end of an
// outage, and nothing of the looks that fail between them.
func (b *stockBreaker) changed(_ string, from, to gobreaker.State) {
	b.mu.Lock()
	cause := b.cause
	b.mu.Unlock()
	switch {
	case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
		b.log.Warn("stock doesn't answer in time; orders pass without a look at it until it does",
			"within", admissionTimeout, "tried_every", unaskedFor, "error", cause)
	case to == gobreaker.StateClosed:
		b.log.Info("stock answers again; orders are held against it")
	}
}
