package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// Publisher publishes on a connection of its own, which no consumer's
// acknowledgements wait behind. It connects for ever.
type Publisher struct {
	line *line
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	session *session
}

var _ events.Publisher = (*Publisher)(nil)

// NewPublisher starts to connect and does not wait for it. It returns an error
// only for a bad URL.
func NewPublisher(cfg Config) (*Publisher, error) {
	return newPublisher("makegood publisher", cfg.withDefaults())
}

func newPublisher(name string, cfg Config) (*Publisher, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &Publisher{line: newLine(name, cfg), stop: stop, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.line.keep(ctx, p.use)
	}()
	return p, nil
}

// Publish implements events.Publisher. Without a connection it fails at once.
func (p *Publisher) Publish(ctx context.Context, list []events.Event) error {
	messages := make([]message, len(list))
	for i, e := range list {
		messages[i] = message{exchange: Exchange, key: string(e.Type), publishing: publishing(e)}
	}
	return p.send(ctx, messages)
}

func publishing(e events.Event) amqp.Publishing {
	return amqp.Publishing{
		MessageId: e.ID, Type: string(e.Type), CorrelationId: string(e.Subject), AppId: events.Source,
		Timestamp: e.Time, ContentType: "application/cloudevents+json; charset=UTF-8",
		DeliveryMode: amqp.Persistent, Body: e.Body,
	}
}

func (p *Publisher) send(ctx context.Context, messages []message) error {
	s, err := p.current(ctx)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	for part := range slices.Chunk(messages, window/4) {
		if err := s.publish(ctx, part); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return nil
}

// current waits for the very first attempt to connect, and for no other.
func (p *Publisher) current(ctx context.Context) (*session, error) {
	select {
	case <-p.line.tried:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: not connected yet: %w", events.ErrBrokerDown, ctx.Err())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session != nil {
		return p.session, nil
	}
	if err := p.line.ready(); err != nil {
		return nil, err
	}
	return nil, events.ErrBrokerDown
}

// Ready implements events.Publisher.
func (p *Publisher) Ready() error { return p.line.ready() }

// Close implements events.Publisher.
func (p *Publisher) Close() error {
	p.stop()
	<-p.done
	return nil
}

// use runs one session to its end.
func (p *Publisher) use(ctx context.Context, conn *amqp.Connection) error {
	degraded, err := declare(ctx, conn, p.line.cfg, p.line.cfg.Consumers...)
	if err != nil {
		return err
	}
	s, err := openSession(conn)
	if err != nil {
		return err
	}
	settled := make(chan struct{})
	closed := s.ch.NotifyClose(make(chan *amqp.Error, 1))
	blocked := conn.NotifyBlocked(make(chan amqp.Blocking, 1))
	go func() {
		defer close(settled)
		s.settle()
	}()
	p.set(s)
	p.line.connected(degraded)
	stop := p.line.mend(ctx, conn, degraded, p.line.cfg.Consumers...)
	err = p.watch(ctx, s, closed, blocked)
	p.set(nil)
	s.end(err)
	_ = conn.CloseDeadline(time.Now().Add(closeTimeout))
	<-settled
	stop()
	return err
}

// watch returns why the session ended. A blocked connection is an outage that
// ends by itself: the broker has an alarm and reads nothing from us.
func (p *Publisher) watch(ctx context.Context, s *session, closed chan *amqp.Error, blocked chan amqp.Blocking) error {
	for {
		select {
		case <-ctx.Done():
			return errors.New("the publisher is closed")
		case cause := <-closed:
			if cause == nil {
				return errors.New("the channel was closed")
			}
			return cause
		case b, open := <-blocked:
			switch {
			case !open:
				blocked = nil
			case b.Active:
				err := fmt.Errorf("it blocks publishers: %s", b.Reason)
				p.line.lost(err)
				s.pause(fmt.Errorf("%w: %w", events.ErrBrokerDown, err))
			default:
				s.pause(nil)
				p.line.unblocked()
			}
		}
	}
}

func (p *Publisher) set(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = s
}
