package activities

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.temporal.io/sdk/temporal"

	"makegood/events"
	"makegood/order"
)

// Announcement is what the outbox publishes: the next entries of an order's
// timeline, in order.
type Announcement struct {
	Order   order.Order
	Entries []order.Entry
}

// Publish sends the events and returns when the broker has confirmed every one
// of them. After an error, publishing all of them again is right: their ids
// and bytes are the same.
func (a *Activities) Publish(ctx context.Context, in Announcement) error {
	batch, err := events.Of(in.Order, in.Entries)
	if err != nil {
		return fmt.Errorf("make events of %s: %w", in.Order.ID, err)
	}
	err = a.Publisher.Publish(ctx, batch)
	a.Metrics.announced(ctx, in.Entries, err)
	return lateAnnouncement(err)
}

// refusedPause is for a person, or the queue's owner, to do something.
const refusedPause = 30 * time.Second

// lateAnnouncement is tried again for ever. It is benign, so that the worker's
// log has the one line of the outage and none for each order and attempt. A
// caller that went away says nothing about the broker.
func lateAnnouncement(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	kind, options := "BrokerDown", temporal.ApplicationErrorOptions{Category: temporal.ApplicationErrorCategoryBenign, Cause: err}
	switch {
	case errors.Is(err, events.ErrRefused):
		// Each attempt gives the queues that do take the events another copy.
		kind, options.NextRetryDelay = "EventsRefused", refusedPause+rand.N(refusedPause)
	case errors.Is(err, events.ErrUnroutable):
		kind = "EventsUnroutable"
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), kind, options)
}
