package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
	"makegood/events/rabbitmq"
)

// broker is RabbitMQ as the roles use it, in a virtual host of the run's own.
type broker struct {
	run  *eventsRun
	conn *amqp.Connection
}

// rawName is the plain client's exchange and queue.
const rawName = "makegood.bench.raw"

func newBroker(r *eventsRun) *broker { return &broker{run: r} }

// open refuses a virtual host that has our exchange: a shop's consumers would get
// the run's events, and send mails.
func (b *broker) open(context.Context) (err error) {
	if err := rabbitmq.CheckURL(b.run.AMQPURL); err != nil {
		return fmt.Errorf("AMQP_URL %w", err)
	}
	if b.conn, err = amqp.Dial(b.run.AMQPURL); err != nil {
		return fmt.Errorf("AMQP_URL: reach RabbitMQ: %w", err)
	}
	if err := RefuseUsedVhost(b.conn); err != nil {
		return fmt.Errorf("AMQP_URL: %w", err)
	}
	return b.declareRaw()
}

// declareRaw gives the plain client an exchange with a consumer's queue, as
// makegood has without the stream of every event.
func (b *broker) declareRaw() error {
	ch, err := b.conn.Channel()
	if err != nil {
		return fmt.Errorf("open channel: %w", err)
	}
	if err := ch.ExchangeDeclare(rawName, amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
		return err
	}
	if _, err := ch.QueueDeclare(rawName, true, false, false, false, amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum}); err != nil {
		return err
	}
	return errors.Join(ch.QueueBind(rawName, "#", rawName, false, nil), ch.Close())
}

func (b *broker) config() rabbitmq.Config {
	return rabbitmq.Config{URL: b.run.AMQPURL, Consumers: []events.Consumer{{Name: consumer}}, NoAudit: true}
}

func (b *broker) publisher() (events.Publisher, error) { return rabbitmq.NewPublisher(b.config()) }

func (b *broker) subscriber() (events.Subscriber, error) {
	return rabbitmq.NewSubscriber(b.config(), b.run.inbox())
}

// audit has every event copied into the stream from now on, or no more.
func (b *broker) audit(ctx context.Context, on bool) error {
	cfg := b.config()
	if cfg.NoAudit = !on; on {
		return rabbitmq.Setup(ctx, cfg)
	}
	ch, err := b.conn.Channel()
	if err != nil {
		return fmt.Errorf("open channel: %w", err)
	}
	return errors.Join(ch.QueueUnbind(rabbitmq.Audit, "#", rabbitmq.Exchange, nil), ch.Close())
}

func (b *broker) version(context.Context) string {
	text, _ := b.conn.Properties["version"].(string)
	return text
}

// remove deletes what was declared, by name: nothing lists it without the
// management plugin.
func (b *broker) remove(context.Context) error {
	if b.conn.IsClosed() {
		return errors.New("the connection to RabbitMQ was lost: delete the virtual host")
	}
	ch, err := b.conn.Channel()
	if err != nil {
		return err
	}
	_, err = ch.QueueDelete(rawName, false, false, false)
	return errors.Join(err, ch.ExchangeDelete(rawName, false, false), ch.Close(),
		DeleteTopology(b.conn, []events.Consumer{{Name: consumer, Retries: events.DefaultRetries}}))
}

func (b *broker) close() error {
	if b.conn == nil || b.conn.IsClosed() {
		return nil
	}
	return b.conn.CloseDeadline(time.Now().Add(stuckAfter))
}
