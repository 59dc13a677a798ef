package rabbitmq

import (
	"context"
	"fmt"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
	"golang.org/x/sync/semaphore"

	"makegood/events"
)

// window is how many messages may be unconfirmed. It bounds memory while the
// broker takes nothing, and is more than a round trip needs at 10,000 a second.
const window = 1024

// message is one publish.
type message struct {
	exchange, key string
	publishing    amqp.Publishing
}

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

type pending struct {
	batch   *batch
	id      string // the message's
	confirm *amqp.DeferredConfirmation
}

// batch is what one caller published and waits for.
type batch struct {
	unconfirmed int
	err         error // the first
	done        chan struct{}
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
// for ctx. At most a window of them.
func (s *session) publish(ctx context.Context, messages []message) error {
	n := int64(len(messages))
	if err := s.window.Acquire(ctx, n); err != nil {
		return fmt.Errorf("the broker confirms nothing: %w", err)
	}
	b := &batch{unconfirmed: len(messages), done: make(chan struct{})}
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
		s.window.Release(int64(len(messages)))
		return s.err
	}
	for i, m := range messages {
		confirm, err := s.ch.PublishWithDeferredConfirm(m.exchange, m.key, true, false, m.publishing)
		if err != nil {
			s.window.Release(int64(len(messages) - i))
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
	s.window.Release(1)
	if !p.confirm.Acked() {
		p.batch.fail(events.ErrRefused)
	}
	p.batch.unconfirmed--
	if p.batch.unconfirmed == 0 {
		close(p.batch.done)
	}
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
			close(p.batch.done)
		}
	}
	clear(s.pending)
}

func (b *batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}
