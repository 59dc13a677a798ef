package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"golang.org/x/time/rate"

	"makegood/events"
	"makegood/events/inbox"
)

// Subscriber delivers events. Each consumer has a connection of its own, and
// what goes to a retry tier or the dead letters goes out by yet another: a
// broker with an alarm stops reading from connections that publish, and
// acknowledgements must not wait behind that.
type Subscriber struct {
	cfg   Config
	inbox *inbox.Inbox
	aside *Publisher

	mu    sync.Mutex
	lines []*line
}

var _ events.Subscriber = (*Subscriber)(nil)

// NewSubscriber starts to connect and does not wait for it. It returns an
// error only for a bad URL.
func NewSubscriber(cfg Config, box *inbox.Inbox) (*Subscriber, error) {
	cfg = cfg.withDefaults()
	aside, err := newPublisher("makegood retries", cfg)
	if err != nil {
		return nil, err
	}
	return &Subscriber{cfg: cfg, inbox: box, aside: aside}, nil
}

// Consume implements events.Subscriber.
func (s *Subscriber) Consume(ctx context.Context, sub events.Subscription) error {
	sub, err := sub.Normalize(events.RabbitMQ)
	if err != nil {
		return err
	}
	sub.Handler = s.inbox.Once(sub.Name, sub.Handler)
	c := &consumer{
		Subscription: sub, aside: s.aside,
		line:  newLine("makegood consumer "+sub.Name, s.cfg),
		stays: rate.Sometimes{Interval: time.Minute},
	}
	c.workers = events.NewWorkers(sub.Concurrency, c.deliver)
	s.mu.Lock()
	s.lines = append(s.lines, c.line)
	s.mu.Unlock()
	c.line.keep(ctx, c.use)
	c.workers.Dismiss() // after those whose connection was lost while they ran
	return nil
}

// Ready implements events.Subscriber.
func (s *Subscriber) Ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := []error{s.aside.Ready()}
	for _, l := range s.lines {
		if err := l.ready(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", l.name, err))
		}
	}
	return errors.Join(errs...)
}

// Close implements events.Subscriber.
func (s *Subscriber) Close() error { return s.aside.Close() }

// use consumes on one connection until that or ctx ends.
func (c *consumer) use(ctx context.Context, conn *amqp.Connection) error {
	in, err := c.line.open(ctx, conn, c.Consumer, queueOf(c.Name), c.prefetch())
	if err != nil {
		return err
	}
	defer in.close()
	session, end := context.WithCancel(ctx)
	defer end()
	acks := newAcks(in.ch, c.prefetch())
	defer acks.end()
	for {
		select {
		case <-ctx.Done():
			// Waits for no answer: a frozen broker must not hold up the end.
			_ = in.ch.Cancel(intakeTag, true)
			c.workers.Wait()
			return ctx.Err()
		case d, open := <-in.deliveries:
			if !open {
				return whyEnded(in.closed)
			}
			acks.take(&d)
			// What was not begun when the session ends goes back with the channel.
			c.workers.Give(session, handed{d, session})
		}
	}
}

// prefetch has the next ones wait here while the first are handled. For the
// sake of order they wait in the queue: what goes back goes back alone.
func (c *consumer) prefetch() int {
	if c.Ordered {
		return 1
	}
	return 4 * c.Concurrency
}
