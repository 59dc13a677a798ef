package main

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"makegood/events"
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
	waiting, keep, checks, err := c.backlogs()
	if err != nil {
		return nil, nil, err
	}
	parts, consumed, err := c.consumingParts(subscriptions, waiting)
	return append(keep, parts...), append(checks, consumed...), err
}

func (c *connections) consumingParts(subscriptions []events.Subscription, waiting backlogs) ([]part, []telemetry.Check, error) {
	subscriber, err := c.subscriber()
	if err != nil {
		return nil, nil, err
	}
	c.registry.MustRegister(waiting)
	run := func(ctx context.Context) error {
		defer func() { _ = subscriber.Close() }()
		group, ctx := errgroup.WithContext(ctx)
		for _, s := range subscriptions {
			c.log.Info("notifying", "transport", string(c.settings.EventTransport), "consumer", s.Name)
			group.Go(func() error { return subscriber.Consume(ctx, s) })
		}
		group.Go(func() error { return c.letters.Keep(ctx, subscriber, c.consumers()...) })
		return group.Wait()
	}
	return []part{brokerPart(subscriber.Ready), {"notifier", run}}, []telemetry.Check{brokerCheck("consumer", subscriber.Ready)}, nil
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
