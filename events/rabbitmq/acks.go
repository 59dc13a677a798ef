package rabbitmq

import (
	"math"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// ackWithin is how long an acknowledgement waits for others to go with it. A
// consumer that dies meanwhile gets those events again, and the inbox knows.
const ackWithin = 2 * time.Millisecond

// acks are the acknowledgements of one channel. Each costs the broker an entry in
// the queue's log, and one for many deliveries costs the same: so those of a
// moment go together, up to the first delivery that is still being handled.
type acks struct {
	ch    *amqp.Channel
	most  int // wait at once
	flush *time.Timer

	mu   sync.Mutex
	open map[uint64]struct{} // tags of deliveries that nothing was decided about
	done []uint64            // to be acknowledged
}

var _ amqp.Acknowledger = (*acks)(nil)

func newAcks(ch *amqp.Channel, prefetch int) *acks {
	a := &acks{ch: ch, most: max(1, prefetch/4), open: map[uint64]struct{}{}}
	a.flush = time.AfterFunc(time.Hour, a.send)
	return a
}

// take has the delivery's acknowledgement go with others. Deliveries are taken as
// they come.
func (a *acks) take(d *amqp.Delivery) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[d.DeliveryTag] = struct{}{}
	d.Acknowledger = a
}

// Ack implements amqp.Acknowledger, of one delivery.
func (a *acks) Ack(tag uint64, _ bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, tag)
	a.done = append(a.done, tag)
	if len(a.done) >= a.most {
		a.sendLocked()
	} else if len(a.done) == 1 {
		a.flush.Reset(ackWithin)
	}
	return nil
}

// Nack implements amqp.Acknowledger, of one delivery.
func (a *acks) Nack(tag uint64, _, requeue bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, tag)
	return a.ch.Nack(tag, false, requeue)
}

// Reject implements amqp.Acknowledger.
func (a *acks) Reject(tag uint64, requeue bool) error { return a.Nack(tag, false, requeue) }

// send acknowledges what waits.
func (a *acks) send() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sendLocked()
}

// sendLocked acknowledges everything before the first open delivery at once, and
// what came after that one by one. If the channel is gone, all of it is delivered
// again on another one.
func (a *acks) sendLocked() {
	firstOpen := uint64(math.MaxUint64)
	for tag := range a.open {
		firstOpen = min(firstOpen, tag)
	}
	upTo := uint64(0)
	for _, tag := range a.done {
		if tag < firstOpen {
			upTo = max(upTo, tag)
		} else {
			_ = a.ch.Ack(tag, false)
		}
	}
	if upTo > 0 {
		_ = a.ch.Ack(upTo, true)
	}
	a.done = a.done[:0]
}

// end acknowledges what waits, before the channel is closed.
func (a *acks) end() {
	a.flush.Stop()
	a.send()
}
