package bench

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
	"golang.org/x/sync/errgroup"

	"makegood/events"
)

// As much is unconfirmed, and unacknowledged, as with our publisher.
const rawWindow = callers * storyLength

// raw has the library's client carry the events with the promises of the broker:
// persistent, mandatory, confirmed, acknowledged one by one, on a connection for
// each direction.
func (b *broker) raw(ctx context.Context, stories [][]events.Event) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, side := range []func(context.Context, *amqp.Channel, [][]events.Event) error{publishRaw, consumeRaw} {
		conn, err := amqp.Dial(b.run.AMQPURL)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		ch, err := conn.Channel()
		if err != nil {
			return err
		}
		group.Go(func() error { return side(ctx, ch, stories) })
	}
	return group.Wait()
}

func publishRaw(ctx context.Context, ch *amqp.Channel, stories [][]events.Event) error {
	if err := ch.Confirm(false); err != nil {
		return err
	}
	confirms := ch.NotifyPublish(make(chan amqp.Confirmation, rawWindow))
	unconfirmed := 0
	for _, story := range stories {
		for _, e := range story {
			for ; unconfirmed >= rawWindow; unconfirmed-- {
				if err := confirmed(ctx, confirms); err != nil {
					return err
				}
			}
			if err := ch.PublishWithContext(ctx, rawName, string(e.Type), true, false, amqp.Publishing{
				MessageId: e.ID, ContentType: "application/cloudevents+json", DeliveryMode: amqp.Persistent, Body: e.Body,
			}); err != nil {
				return err
			}
			unconfirmed++
		}
	}
	for ; unconfirmed > 0; unconfirmed-- {
		if err := confirmed(ctx, confirms); err != nil {
			return err
		}
	}
	return nil
}

func confirmed(ctx context.Context, confirms chan amqp.Confirmation) error {
	select {
	case c, open := <-confirms:
		if !open || !c.Ack {
			return errors.New("a publish was not confirmed")
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func consumeRaw(ctx context.Context, ch *amqp.Channel, stories [][]events.Event) error {
	if err := ch.Qos(rawWindow, 0, false); err != nil {
		return err
	}
	deliveries, err := ch.Consume(rawName, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	for missing := len(stories) * storyLength; missing > 0; missing-- {
		select {
		case d, open := <-deliveries:
			if !open {
				return fmt.Errorf("the channel was closed, and %d events are missing", missing)
			}
			if err := d.Ack(false); err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("%d events are missing: %w", missing, ctx.Err())
		}
	}
	return ch.Close() // answered after the last acknowledgement was taken
}
