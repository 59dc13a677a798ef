package api

import (
	"context"
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"

	"makegood/order"
)

const (
	// failedLooks in a row mean that Redis is slow or down. The look of one
	// order reads one server, so they need be no share of many.
	failedLooks = 3
	// unaskedFor is how long no order looks at stock then. One of them tries
	// after it, and that costs it admissionTimeout if Redis is still away.
	unaskedFor = time.Second
)

// newStockBreaker tells changed of each change, under gobreaker's lock.
func newStockBreaker(changed func(from, to gobreaker.State)) *gobreaker.CircuitBreaker[[]order.Shortage] {
	return gobreaker.NewCircuitBreaker[[]order.Shortage](gobreaker.Settings{
		Name:          "stock",
		Timeout:       unaskedFor,
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failedLooks },
		OnStateChange: func(_ string, from, to gobreaker.State) { changed(from, to) },
		// A client that hung up says nothing about Redis.
		IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
	})
}

// changed logs the beginning and the end of an outage, and nothing of the looks
// that fail between them.
func (a *admission) changed(from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
		a.log.Warn("stock doesn't answer in time; orders pass without a look at it until it does",
			"within", admissionTimeout, "tried_every", unaskedFor, "error", a.cause.Load())
	case to == gobreaker.StateClosed:
		a.log.Info("stock answers again; orders are held against it")
	}
}
