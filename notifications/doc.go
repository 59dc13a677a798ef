// Package notifications tells customers what became of their orders. It owns
// the mails' words and their delivery; that each is sent once is the inbox's
// work, and when to try again the transport's.
package notifications

import (
	"time"

	"makegood/events"
	"makegood/order"
)

// emailConsumer is its name on every transport.
const emailConsumer = "email"

// Consumers lists who gets which events, for the publisher to declare: what is
// announced before a notifier ever runs is kept for it. No retries mean
// events.DefaultRetries.
func Consumers(retries []time.Duration) []events.Consumer {
	return []events.Consumer{{
		Name:    emailConsumer,
		Types:   []order.EventType{order.EventCompleted, order.EventRefunded, order.EventRejected},
		Retries: retries,
	}}
}
