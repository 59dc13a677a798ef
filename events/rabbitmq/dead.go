package rabbitmq

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// deadPrefetch is how many dead letters are on their way to the index.
const deadPrefetch = 50

// redriveHeader names the redrive that an event came by. The broker keeps it
// when it moves the event to the dead letters itself.
const redriveHeader = "makegood-redrive"

var _ events.DeadLetters = (*Subscriber)(nil)

// Collect implements events.DeadLetters. A letter stays in its queue, handed
// to this connection, until take returns nil.
func (s *Subscriber) Collect(ctx context.Context, c events.Consumer, take func(context.Context, events.DeadLetter) error) error {
	if err := c.Check(); err != nil {
		return err
	}
	g := gatherer{Consumer: c, take: take, line: newLine("makegood dead letters of "+c.Name, s.cfg)}
	s.mu.Lock()
	s.lines = append(s.lines, g.line)
	s.mu.Unlock()
	g.line.keep(ctx, g.use)
	return nil
}

// Redrive implements events.DeadLetters: past the exchange, so that no other
// consumer gets the event once more.
func (s *Subscriber) Redrive(ctx context.Context, consumer string, bodies [][]byte) error {
	messages, redrive := make([]message, len(bodies)), rand.Text()
	for i, body := range bodies {
		e, err := events.Decode(body)
		if err != nil {
			e = events.Event{Body: body} // it is the consumer that judges it
		}
		p := publishing(e)
		p.Headers = amqp.Table{redriveHeader: redrive}
		messages[i] = message{key: queueOf(consumer), publishing: p}
	}
	ctx, cancel := context.WithTimeout(ctx, asideTimeout)
	defer cancel()
	if err := s.aside.send(ctx, messages); err != nil {
		return fmt.Errorf("redrive events of %s: %w", consumer, err)
	}
	return nil
}

// gatherer empties one consumer's queue of dead letters.
type gatherer struct {
	events.Consumer
	take func(context.Context, events.DeadLetter) error
	line *line
}

// use consumes on one connection until that or ctx ends.
func (g gatherer) use(ctx context.Context, conn *amqp.Connection) error {
	in, err := g.line.open(ctx, conn, g.Consumer, deadOf(g.Name), deadPrefetch)
	if err != nil {
		return err
	}
	defer in.close()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case d, open := <-in.deliveries:
			if !open {
				return whyEnded(in.closed)
			}
			if !g.hand(ctx, d) {
				return ctx.Err()
			}
			_ = d.Ack(false) // without it the letter is handed over again
		}
	}
}

// hand hands a letter over until it is taken, in place: to put it back would
// count as a delivery. It returns false at the end of ctx.
func (g gatherer) hand(ctx context.Context, d amqp.Delivery) bool {
	letter := deadLetter(g.Name, d)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := g.take(ctx, letter)
		if err == nil {
			return true
		}
		if pause == firstPause && ctx.Err() == nil {
			g.line.cfg.Log.WarnContext(events.Within(ctx, d.Body), "a dead letter waits in its queue", "consumer", g.Name, "event", d.MessageId, "order_id", d.CorrelationId, "error", err)
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause/2 + mathrand.N(pause)):
		}
	}
}
