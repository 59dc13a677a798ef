package bench

import (
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
	"makegood/events/rabbitmq"
)

// RefuseUsedVhost returns an error if the virtual host has our exchange: a shop's
// consumers would get the run's events, and ours the shop's.
func RefuseUsedVhost(conn *amqp.Connection) error {
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("open channel: %w", err)
	}
	err = ch.ExchangeDeclarePassive(rabbitmq.Exchange, amqp.ExchangeTopic, true, false, false, false, nil)
	var refusal *amqp.Error
	switch {
	case err == nil:
		return errors.Join(ch.Close(), fmt.Errorf("its virtual host has an exchange %s already: name one that makegood has never used", rabbitmq.Exchange))
	case !errors.As(err, &refusal) || refusal.Code != amqp.NotFound:
		return fmt.Errorf("look for exchange %s: %w", rabbitmq.Exchange, err)
	}
	return nil // the refusal has closed the channel
}

// DeleteTopology deletes what makegood has declared for the consumers, by name:
// nothing lists it without the management plugin.
func DeleteTopology(conn *amqp.Connection, consumers []events.Consumer) error {
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("open channel: %w", err)
	}
	queues := []string{rabbitmq.Unrouted, rabbitmq.Audit}
	for _, c := range consumers {
		queues = append(queues, "makegood."+c.Name, "makegood."+c.Name+".dead")
		for _, pause := range c.Retries {
			queues = append(queues, fmt.Sprintf("makegood.%s.retry.%d", c.Name, pause.Milliseconds()))
		}
	}
	var errs []error
	for _, queue := range queues {
		_, err := ch.QueueDelete(queue, false, false, false)
		errs = append(errs, err)
	}
	for _, exchange := range []string{rabbitmq.Exchange, rabbitmq.Unrouted} {
		errs = append(errs, ch.ExchangeDelete(exchange, false, false))
	}
	return errors.Join(append(errs, ch.Close())...)
}
