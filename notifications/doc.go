// Package notifications tells customers, by mail, and the shop's own systems,
// by signed webhooks, what became of orders. It owns the mails' words, the
// webhooks' signatures and the delivery of both; that each is sent once is the
// inbox's work, and when to try again the transport's.
package notifications

import (
	"time"

	"makegood/events"
	"makegood/order"
)

// Config decides who gets which events.
type Config struct {
	// Retries are the pauses between attempts. None mean
	// events.DefaultRetries.
	Retries []time.Duration
	// Webhooks says that there are some.
	Webhooks bool
	// WebhookTypes are the events that they tell; none means all.
	WebhookTypes []order.EventType
}

// Consumers lists who gets which events, for the publisher to declare: what is
// announced before a notifier ever runs is kept for it.
func Consumers(cfg Config) []events.Consumer {
	all := []events.Consumer{emailConsumer(cfg.Retries)}
	if cfg.Webhooks {
		all = append(all, webhookConsumer(cfg.WebhookTypes, cfg.Retries))
	}
	return all
}

func emailConsumer(retries []time.Duration) events.Consumer {
	return events.Consumer{
		Name:    "email",
		Types:   []order.EventType{order.EventCompleted, order.EventRefunded, order.EventRejected},
		Retries: retries,
	}
}

func webhookConsumer(types []order.EventType, retries []time.Duration) events.Consumer {
	return events.Consumer{Name: "webhook", Types: types, Retries: retries}
}
