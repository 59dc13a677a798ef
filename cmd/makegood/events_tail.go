package main

import (
	"context"
	"fmt"
	"time"

	"github.com/alecthomas/kong"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/events/redisstream"
	"makegood/order"
)

// EventsTailCmd is `makegood events tail`. It asks the broker itself.
type EventsTailCmd struct {
	Settings `embed:""`
	Order    orderID `placeholder:"ID" help:"Only events of this order."`
	Since    moment  `placeholder:"WHEN" help:"Begin with what happened then: how long ago, such as 90s or 24h, or a time, such as 2026-03-01T09:30:00Z. From now on unless set."`
	JSON     bool    `help:"One event a line, as it was published: CloudEvents in JSON."`
}

// Help is the long help.
func (*EventsTailCmd) Help() string {
	return `Reads makegood.audit, the stream of every event, or the Redis stream under EVENT_TRANSPORT=redis, and follows it until Ctrl-C, or until the broker goes away: --since then goes on where it ended. It takes nothing from any consumer. An event that was published again is printed again, under the same id.

Examples:

  makegood events tail
  makegood events tail --order ord_01… --since 24h
  makegood events tail --since 1h --json | jq 'select(.type == "payment.refunded")'`
}

// Run prints a line for every event.
func (cmd *EventsTailCmd) Run(ctx context.Context, k *kong.Kong) error {
	c, err := connect("events", &cmd.Settings)
	if err != nil {
		return err
	}
	defer c.close()
	t, err := c.tailer()
	if err != nil {
		return err
	}
	return t.Tail(ctx, events.From{Since: time.Time(cmd.Since)}, func(e events.Entry) error {
		if cmd.Order != "" && e.Subject != order.ID(cmd.Order) {
			return nil
		}
		if cmd.JSON {
			_, err := fmt.Fprintf(k.Stdout, "%s\n", e.Body)
			return err
		}
		_, err := fmt.Fprintf(k.Stdout, "%s  %s  %2d  %-22s  %s\n", e.Time.Format(time.RFC3339), e.Subject, e.Sequence, e.Type, e.ID)
		return err
	})
}

func (c *connections) tailer() (events.Tailer, error) {
	if c.settings.EventTransport == transport(events.RedisStreams) {
		return redisstream.NewTailer(c.redis, c.redisstream())
	}
	return rabbitmq.NewTailer(c.rabbitmq())
}

// moment is a time, or how long ago.
type moment time.Time

func (m *moment) UnmarshalText(text []byte) error {
	if ago, err := time.ParseDuration(string(text)); err == nil && ago >= 0 {
		*m = moment(time.Now().Add(-ago))
		return nil
	}
	at, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("%q is neither how long ago, such as 90s or 24h, nor a time such as 2026-03-01T09:30:00Z", text)
	}
	*m = moment(at)
	return nil
}
