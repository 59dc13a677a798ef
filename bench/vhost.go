package bench

import (
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
	"makegood/events/rabbitmq"
)

// Vhost is a virtual host of RabbitMQ that is the benchmark's own.
type Vhost struct {
	conn      *amqp.Connection
	consumers []events.Consumer
}

// OpenVhost connects to the virtual host of an AMQP_URL, in which these consumers
// are to run. It refuses one that has our exchange: a shop's consumers would get
// the run's events, and ours the shop's.
func OpenVhost(url string, consumers ...events.Consumer) (*Vhost, error) {
	if err := rabbitmq.CheckURL(url); err != nil {
		return nil, fmt.Errorf("AMQP_URL %w", err)
	}
	conn, err := amqp.Dial(url)
	if err != nil {
		return nil, fmt.Errorf("AMQP_URL: reach RabbitMQ: %w", err)
	}
	v := &Vhost{conn: conn, consumers: consumers}
	if err := v.refuseUsed(); err != nil {
		return nil, errors.Join(fmt.Errorf("AMQP_URL: %w", err), v.close())
	}
	return v, nil
}

func (v *Vhost) refuseUsed() error {
	ch, err := v.channel()
	if err != nil {
		return err
	}
	err = ch.ExchangeDeclarePassive(rabbitmq.Exchange, amqp.ExchangeTopic, true, false, false, false, nil)
	var refusal *amqp.Error
	switch {
	case err == nil:
		return fmt.Errorf("its virtual host has an exchange %s already: name one that makegood has never used", rabbitmq.Exchange)
	case !errors.As(err, &refusal) || refusal.Code != amqp.NotFound:
		return fmt.Errorf("look for exchange %s: %w", rabbitmq.Exchange, err)
	}
	return nil // the refusal has closed the channel
}

// Version is the server's, empty if it keeps that to itself.
func (v *Vhost) Version() string {
	text, _ := v.conn.Properties["version"].(string)
	return text
}

// Backlog is how many messages wait in the consumers' queues, not counting those
// being handled.
func (v *Vhost) Backlog() (waiting int64, err error) {
	ch, err := v.channel()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, ch.Close()) }()
	for _, c := range v.consumers {
		queue, err := ch.QueueDeclarePassive(rabbitmq.Queues(c)[0], true, false, false, false, nil)
		if err != nil {
			return 0, fmt.Errorf("look at the queue of %s: %w", c.Name, err)
		}
		waiting += int64(queue.Messages)
	}
	return waiting, nil
}

// Remove deletes what makegood has declared for the consumers, and queues and
// exchanges of these other names, and hangs up. It goes by names: nothing lists
// what there is without the management plugin.
func (v *Vhost) Remove(others ...string) error {
	ch, err := v.channel()
	if err != nil {
		return fmt.Errorf("the virtual host is left to be deleted by hand: %w", err)
	}
	names := append(others, rabbitmq.Exchange, rabbitmq.Unrouted, rabbitmq.Audit)
	for _, c := range v.consumers {
		names = append(names, rabbitmq.Queues(c)...)
	}
	var errs []error
	for _, name := range names { // deleting what isn't there is no error
		_, err := ch.QueueDelete(name, false, false, false)
		errs = append(errs, err, ch.ExchangeDelete(name, false, false))
	}
	return errors.Join(append(errs, v.close())...)
}

func (v *Vhost) channel() (*amqp.Channel, error) {
	ch, err := v.conn.Channel()
	if err != nil {
		return nil, fmt.Errorf("open channel: %w", err)
	}
	return ch, nil
}

func (v *Vhost) close() error {
	if v.conn.IsClosed() {
		return nil
	}
	return v.conn.CloseDeadline(time.Now().Add(stuckAfter))
}
