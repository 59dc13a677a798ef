package rabbitmq

import (
	"errors"
	"fmt"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// declarer declares one object after the other, whatever becomes of each.
type declarer struct {
	conn     *amqp.Connection
	ch       *amqp.Channel
	degraded error // what was refused
	err      error // the connection's; nothing is declared any more
}

func (d *declarer) exchange(name, kind string, args amqp.Table) {
	d.try("exchange "+name, func(ch *amqp.Channel) error {
		return ch.ExchangeDeclare(name, kind, true, false, false, false, args)
	})
}

func (d *declarer) queue(name string, args amqp.Table) {
	args[amqp.QueueTypeArg] = amqp.QueueTypeQuorum
	d.try("queue "+name, func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare(name, true, false, false, false, args)
		return err
	})
}

func (d *declarer) bind(queue, key, exchange string) {
	d.try("binding of queue "+queue+" to exchange "+exchange, func(ch *amqp.Channel) error {
		return ch.QueueBind(queue, key, exchange, false, nil)
	})
}

// try declares one object. A refusal closes the channel, and the rest goes on
// with another one.
func (d *declarer) try(what string, declare func(ch *amqp.Channel) error) {
	if d.err != nil {
		return
	}
	if d.ch == nil || d.ch.IsClosed() {
		if d.ch, d.err = d.conn.Channel(); d.err != nil {
			return
		}
	}
	err := declare(d.ch)
	var refusal *amqp.Error
	switch {
	case err == nil:
	case !errors.As(err, &refusal) || d.conn.IsClosed():
		d.err = fmt.Errorf("declare %s: %w", what, err)
	case refusal.Code == amqp.PreconditionFailed && strings.Contains(refusal.Reason, "inequivalent"):
		d.degraded = both(d.degraded, fmt.Errorf("%w: %s exists with other arguments: %s; %s", ErrMismatch, what, refusal.Reason, migration(d.conn.Config.Vhost, what)))
	default:
		d.degraded = both(d.degraded, fmt.Errorf("%w: could not declare %s: %s", ErrTopology, what, refusal.Reason))
	}
}

func (d *declarer) close() {
	if d.ch != nil && d.err == nil {
		_ = d.ch.Close()
	}
}

// migration says how to get rid of what stands in the way.
func migration(vhost, what string) string {
	if queue, isQueue := strings.CutPrefix(what, "queue "); isQueue {
		return "stop its consumers, let it run empty or shovel it elsewhere, delete it (rabbitmqctl -p " + vhost + " delete_queue " + queue + ") and start again"
	}
	return "delete it and start again, its bindings are declared anew"
}
