package bench

import (
	"context"
	"errors"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
	"makegood/events/rabbitmq"
)

// broker is RabbitMQ as the roles use it, in a virtual host of the run's own.
type broker struct {
	run   *eventsRun
	vhost *Vhost // nil until it is open
}

// rawName is the plain client's exchange and queue.
const rawName = "makegood.bench.raw"

func newBroker(r *eventsRun) *broker { return &broker{run: r} }

func (b *broker) open(context.Context) (err error) {
	if b.vhost, err = OpenVhost(b.run.AMQPURL, events.Consumer{Name: consumer}); err != nil {
		return err
	}
	return b.declareRaw()
}

// declareRaw gives the plain client an exchange with a consumer's queue, as
// makegood has without the stream of every event.
func (b *broker) declareRaw() error {
	ch, err := b.vhost.channel()
	if err != nil {
		return err
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
	return rabbitmq.Config{URL: b.run.AMQPURL, Consumers: b.vhost.consumers, NoAudit: true}
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
	ch, err := b.vhost.channel()
	if err != nil {
		return err
	}
	return errors.Join(ch.QueueUnbind(rabbitmq.Audit, "#", rabbitmq.Exchange, nil), ch.Close())
}

func (b *broker) version(context.Context) string { return b.vhost.Version() }

func (b *broker) remove(context.Context) error { return b.vhost.Remove(rawName) }

func (b *broker) close() error {
	if b.vhost == nil {
		return nil
	}
	return b.vhost.close()
}
