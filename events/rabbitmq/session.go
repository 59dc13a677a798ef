package rabbitmq

import (
	"context"
	"fmt"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
	"golang.org/x/sync/semaphore"

	"makegood/events"
)

// session is one channel in confirm mode. When it ends, everything
// unconfirmed is unknown.
type session struct {
	ch     *amqp.Channel
	window *semaphore.Weighted

	// The library's reader never waits for these: they hold a full window.
	confirms chan amqp.Confirmation
	returns  chan amqp.Return

	mu      sync.Mutex
	pending map[uint64]pending // by delivery tag
	err     error              // why nothing can be published now
	ended   bool
}

func openSession(conn *amqp.Connection) (*session, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, fmt.Errorf("open channel: %w", err)
	}
	s := &session{
		ch: ch, window: semaphore.NewWeighted(window), pending: map[uint64]pending{},
		confirms: ch.NotifyPublish(make(chan amqp.Confirmation, window)),
		returns:  ch.NotifyReturn(make(chan amqp.Return, window)),
	}
	if err := ch.Confirm(false); err != nil {
		return nil, fmt.Errorf("ask for confirms: %w", err)
	}
	return s, nil
}

// publish writes the messages in one go and waits for all their confirms, or
// for ctx. There are fewer of them than a window.
func (s *session) publish(ctx context.Context, messages []message) error {
	b := &batch{weight: weigh(messages), unconfirmed: len(messages), done: make(chan struct{})}
	if err := s.window.Acquire(ctx, b.weight); err != nil {
		return fmt.Errorf("the broker confirms nothing: %w", err)
	}
	if err := s.write(b, messages); err != nil {
		return err
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return fmt.Errorf("not confirmed in time: %w", ctx.Err())
	}
}

// write holds the lock throughout, so that a batch stays together and every
// tag is known before its confirm is looked up. Writing does not block.
func (s *session) write(b *batch, messages []message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		s.window.Release(b.weight)
		return s.err
	}
	for i, m := range messages {
		confirm, err := s.ch.PublishWithDeferredConfirm(m.exchange, m.key, true, false, m.publishing)
		if err != nil {
			if i == 0 { // else the session's end sees to the batch
				s.window.Release(b.weight)
			}
			return fmt.Errorf("%w: %w", events.ErrBrokerDown, err)
		}
		s.pending[confirm.DeliveryTag] = pending{b, m.publishing.MessageId, confirm}
	}
	return nil
}

// settle takes what the broker says of messages until the channel ends.
func (s *session) settle() {
	for {
		select {
		case c, open := <-s.confirms:
			if !open {
				return
			}
			s.drainReturns() // a message's return comes before its confirm
			s.confirm(c.DeliveryTag)
		case r, open := <-s.returns:
			if !open {
				return
			}
			s.returned(r)
		}
	}
}

func (s *session) drainReturns() {
	for {
		select {
		case r, open := <-s.returns:
			if !open {
				return
			}
			s.returned(r)
		default:
			return
		}
	}
}

// returned fails every message of that id: a repeat in flight has found no
// queue either.
func (s *session) returned(r amqp.Return) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pending {
		if p.id == r.MessageId {
			p.batch.fail(fmt.Errorf("%w: %s", events.ErrUnroutable, r.ReplyText))
		}
	}
}

// confirm asks the deferred confirmation what the broker said. The library's
// amqp.Confirmation, put in sequence, has acks where the broker refused one
// event before it confirmed many at once.
func (s *session) confirm(tag uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.pending[tag]
	if !known {
		return
	}
	delete(s.pending, tag)
	if !p.confirm.Acked() {
		p.batch.fail(events.ErrRefused)
	}
	p.batch.unconfirmed--
	if p.batch.unconfirmed == 0 {
		s.finish(p.batch)
	}
}

func (s *session) finish(b *batch) {
	s.window.Release(b.weight)
	close(b.done)
}

// pause refuses publishes for the time that err is the case; nil resumes.
func (s *session) pause(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.err = err
	}
}

// end makes everything unconfirmed unknown.
func (s *session) end(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.err = fmt.Errorf("%w: %w", events.ErrBrokerDown, cause)
	failed := map[*batch]bool{}
	for _, p := range s.pending {
		if !failed[p.batch] {
			failed[p.batch] = true
			p.batch.fail(s.err)
			s.finish(p.batch)
		}
	}
	clear(s.pending)
}
