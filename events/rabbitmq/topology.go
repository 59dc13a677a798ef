package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

const (
	// Exchange takes every event, under its type as the routing key.
	Exchange = "makegood.events"
	// Unrouted is the exchange, and the queue behind it, for events that no
	// consumer asked for. A returned message thus means that this is gone too.
	Unrouted = "makegood.unrouted"

	// Audit is the stream of every event, for whoever asks later what happened.
	Audit = "makegood.audit"

	// The stream drops its oldest segment beyond either: nobody's work waits in it.
	auditMaxAge   = "30D"
	auditMaxBytes = int64(10 << 30)
	auditSegment  = 50 << 20 // what is dropped at once, bytes

	unroutedLength = 10_000
	// Each lost connection counts as a delivery, so the broker's limit is only
	// a backstop; attempts are counted in our own header.
	deliveryLimit = 1000
	// 4.x limits every quorum queue to 20 deliveries unless told otherwise,
	// and 3.x does not take its "unlimited": so one that nobody reaches.
	noDeliveryLimit = 1_000_000_000
)

var (
	// ErrTopology is an exchange or a queue that is not as it should be, or that
	// this user may not declare. It does not mend by itself.
	ErrTopology = errors.New("topology")
	// ErrMismatch is the part of it that must not go on: one that exists with
	// other arguments, and so keeps other promises.
	ErrMismatch = fmt.Errorf("%w", ErrTopology)
)

func queueOf(consumer string) string { return "makegood." + consumer }
func deadOf(consumer string) string  { return queueOf(consumer) + ".dead" }

// retryOf names a tier after its pause: another setting declares other queues
// and migrates nothing.
func retryOf(consumer string, pause time.Duration) string {
	return queueOf(consumer) + ".retry." + strconv.FormatInt(pause.Milliseconds(), 10)
}

// Queues are the names of a consumer's queues: first its own, then the dead
// letters' and each retry tier's.
func Queues(c events.Consumer) []string {
	queues := []string{queueOf(c.Name), deadOf(c.Name)}
	for _, pause := range c.Tiers() {
		queues = append(queues, retryOf(c.Name, pause))
	}
	return queues
}

// Setup declares everything. It is safe to repeat. Its error names, in one
// line, all that exists otherwise or may not be declared (ErrTopology).
func Setup(ctx context.Context, cfg Config) error {
	if err := cfg.check(); err != nil {
		return err
	}
	conn, sock, err := dial(ctx, cfg.URL, "makegood setup")
	if err != nil {
		return fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
	}
	defer hangUp(conn, sock)
	degraded, err := declare(ctx, conn, cfg, cfg.Consumers...)
	return both(degraded, err)
}

// declare returns apart what it was not allowed to do or found otherwise, and
// what ended it.
func declare(ctx context.Context, conn *amqp.Connection, cfg Config, consumers ...events.Consumer) (degraded, err error) {
	ctx, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = conn.CloseDeadline(time.Now()) })
	defer stop()

	d := declarer{conn: conn}
	defer d.close()
	d.exchange(Unrouted, amqp.ExchangeFanout, nil)
	d.queue(Unrouted, amqp.Table{amqp.QueueMaxLenArg: unroutedLength, amqp.QueueOverflowArg: amqp.QueueOverflowDropHead})
	d.bind(Unrouted, "", Unrouted)
	d.exchange(Exchange, amqp.ExchangeTopic, amqp.Table{"alternate-exchange": Unrouted})
	if !cfg.NoAudit {
		d.audit()
	}
	for _, c := range consumers {
		d.consumer(c)
	}
	return d.degraded, d.err
}

func (d *declarer) audit() {
	d.try("queue "+Audit, func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare(Audit, true, false, false, false, amqp.Table{
			amqp.QueueTypeArg:                 amqp.QueueTypeStream,
			amqp.StreamMaxAgeArg:              auditMaxAge,
			amqp.StreamMaxLenBytesArg:         auditMaxBytes,
			amqp.StreamMaxSegmentSizeBytesArg: auditSegment,
		})
		return err
	})
	d.bind(Audit, "#", Exchange)
}

func (d *declarer) consumer(c events.Consumer) {
	queue := queueOf(c.Name)
	d.queue(deadOf(c.Name), amqp.Table{"x-delivery-limit": noDeliveryLimit, amqp.QueueOverflowArg: amqp.QueueOverflowRejectPublish})
	args := amqp.Table{"x-delivery-limit": deliveryLimit}
	if c.Ordered {
		args[amqp.SingleActiveConsumerArg] = true
	}
	d.queue(queue, atLeastOnce(deadOf(c.Name), args))
	for _, pause := range c.Tiers() {
		d.queue(retryOf(c.Name, pause), atLeastOnce(queue, amqp.Table{amqp.QueueMessageTTLArg: pause.Milliseconds()}))
	}
	if len(c.Types) == 0 {
		d.bind(queue, "#", Exchange)
	}
	for _, t := range c.Types {
		d.bind(queue, string(t), Exchange)
	}
}

// atLeastOnce dead-letters into a queue with confirms; it needs both the
// strategy and the overflow.
func atLeastOnce(into string, args amqp.Table) amqp.Table {
	args["x-dead-letter-exchange"] = ""
	args["x-dead-letter-routing-key"] = into
	args["x-dead-letter-strategy"] = "at-least-once"
	args[amqp.QueueOverflowArg] = amqp.QueueOverflowRejectPublish
	return args
}
