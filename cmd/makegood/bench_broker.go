package main

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/bench"
	"makegood/events"
	"makegood/notifications"
)

// benchBroker is the RabbitMQ that is measured.
type benchBroker struct {
	conn      *amqp.Connection
	consumers []events.Consumer
}

// openBroker refuses a virtual host that makegood has used: queues have no
// namespace, so that the benchmark would take a shop's events and mail them to
// the simulators.
func (s *benchStack) openBroker() error {
	conn, err := amqp.Dial(string(s.settings.AMQPURL))
	if err != nil {
		return fmt.Errorf("AMQP_URL: reach RabbitMQ: %w", err)
	}
	if err := bench.RefuseUsedVhost(conn); err != nil {
		return errors.Join(fmt.Errorf("AMQP_URL: %w", err), conn.Close())
	}
	s.broker = &benchBroker{conn: conn, consumers: notifications.Consumers(notifications.Config{Retries: events.DefaultRetries})}
	return nil
}

func (b *benchBroker) version() string {
	text, _ := b.conn.Properties["version"].(string)
	return text
}

// backlog is how many messages wait in the consumers' queues, which the broker
// says without its management plugin.
func (b *benchBroker) backlog(context.Context) (waiting int64, err error) {
	ch, err := b.conn.Channel()
	if err != nil {
		return 0, fmt.Errorf("open channel: %w", err)
	}
	defer func() { err = errors.Join(err, ch.Close()) }()
	for _, consumer := range b.consumers {
		queue, err := ch.QueueDeclarePassive("makegood."+consumer.Name, true, false, false, false, nil)
		if err != nil {
			return 0, fmt.Errorf("look at the queue of %s: %w", consumer.Name, err)
		}
		waiting += int64(queue.Messages)
	}
	return waiting, nil
}

// remove deletes what the roles have declared.
func (b *benchBroker) remove() error {
	if b.conn.IsClosed() {
		return errors.New("the connection to RabbitMQ was lost: delete the virtual host")
	}
	return errors.Join(bench.DeleteTopology(b.conn, b.consumers), b.conn.Close())
}
