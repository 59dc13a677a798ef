package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// Backlogs tells how much waits for each consumer, over a connection of its
// own. A queue that nobody has declared is empty.
func Backlogs(ctx context.Context, cfg Config) ([]events.Backlog, error) {
	conn, sock, err := dial(ctx, cfg.URL, "makegood backlog")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
	}
	defer hangUp(conn, sock)
	stop := context.AfterFunc(ctx, func() { _ = conn.CloseDeadline(time.Now()) })
	defer stop()
	backlogs := make([]events.Backlog, 0, len(cfg.Consumers))
	for _, c := range cfg.Consumers {
		b, err := backlogOf(conn, c)
		if err != nil {
			return nil, err
		}
		backlogs = append(backlogs, b)
	}
	return backlogs, nil
}

func backlogOf(conn *amqp.Connection, c events.Consumer) (b events.Backlog, err error) {
	b.Consumer = c.Name
	count := func(queue string) (n int64) {
		if err == nil {
			n, err = ready(conn, queue)
		}
		return n
	}
	b.Waiting, b.Dead = count(queueOf(c.Name)), count(deadOf(c.Name))
	for _, pause := range c.Tiers() {
		b.Retrying += count(retryOf(c.Name, pause))
	}
	return b, err
}

// ready asks on a channel of its own: a queue that is missing costs it.
func ready(conn *amqp.Connection, queue string) (int64, error) {
	ch, err := conn.Channel()
	if err != nil {
		return 0, fmt.Errorf("%w: open channel: %w", events.ErrBrokerDown, err)
	}
	q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	var refusal *amqp.Error
	if errors.As(err, &refusal) && refusal.Code == amqp.NotFound {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", queue, err)
	}
	return int64(q.Messages), ch.Close()
}
