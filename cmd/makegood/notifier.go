package main

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/events/redisstream"
	"makegood/notifications"
	"makegood/telemetry"
)

// notifierParts send mail and webhooks for events, and keep what they can't
// handle.
func (c *connections) notifierParts() ([]part, []telemetry.Check, error) {
	subscriptions, err := c.subscriptions()
	if err != nil {
		return nil, nil, err
	}
	return c.consumingParts(subscriptions)
}

func (c *connections) consumingParts(subscriptions []events.Subscription) ([]part, []telemetry.Check, error) {
	subscriber, err := c.subscriber()
	if err != nil {
		return nil, nil, err
	}
	keepMetrics, err := c.backlogMetrics()
	if err != nil {
		return nil, nil, err
	}
	run := func(ctx context.Context) error {
		defer func() { _ = subscriber.Close() }()
		group, ctx := errgroup.WithContext(ctx)
		for _, s := range subscriptions {
			c.log.Info("notifying", "transport", string(c.settings.EventTransport), "consumer", s.Name)
			group.Go(func() error { return subscriber.Consume(ctx, s) })
		}
		group.Go(func() error { return c.letters.Keep(ctx, subscriber, c.consumers()...) })
		group.Go(func() error { keepMetrics(ctx); return nil })
		return group.Wait()
	}
	return []part{brokerPart(subscriber.Ready), {"notifier", run}}, []telemetry.Check{brokerCheck("consumer", subscriber.Ready)}, nil
}

// backlogMetrics tell what waits for the consumers. keep is what they need to run
// meanwhile.
func (c *connections) backlogMetrics() (keep func(context.Context), err error) {
	if c.settings.EventTransport == transport(events.RedisStreams) {
		c.registry.MustRegister(redisstream.NewMetrics(c.redis, c.redisstream()))
		return func(context.Context) {}, nil
	}
	metrics, err := rabbitmq.NewMetrics(c.rabbitmq())
	if err != nil {
		return nil, err
	}
	c.registry.MustRegister(metrics)
	return metrics.Keep, nil
}

// subscriptions are what c.consumers lists, with what each does. Nothing
// connects yet.
func (c *connections) subscriptions() ([]events.Subscription, error) {
	s := c.settings
	if s.SMTPURL == "" {
		return nil, errors.New("--smtp-url is not set; the notifier sends mail with it, write one such as smtp://user:password@host:587")
	}
	email, err := notifications.NewEmail(notifications.EmailConfig{
		SMTPURL: string(s.SMTPURL), From: string(s.MailFrom), Templates: s.MailTemplates, Locale: s.MailLocale,
		Retries: s.EventRetries,
	})
	if err != nil || s.WebhookURL == "" {
		return []events.Subscription{email}, err
	}
	webhook, err := notifications.NewWebhook(notifications.WebhookConfig{
		URL: string(s.WebhookURL), Secrets: s.WebhookSecrets, Types: s.WebhookTypes, Retries: s.EventRetries,
		Around: c.limits("webhook", 0),
	})
	return []events.Subscription{email, webhook}, err
}
