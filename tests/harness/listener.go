package harness

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/contracts/strict"
	"makegood/events/rabbitmq"
	"makegood/order"
)

// listenersQueue outlives a lost connection, so that a listener misses nothing.
const listenersQueue = "the-test"

// Listener consumes a queue of the test's own, bound to every event, past the
// link; of a cluster a quorum queue, which outlives each node. It keeps what
// came in the order in which it came, repeats included.
//
// Each event must keep to its contract, or the test fails. A test that sends an
// event of its own that doesn't names itself in the message's app id.
type Listener struct {
	urls []string // of each node
	t    testing.TB

	mu     sync.Mutex
	heard  []Delivery
	broken map[string]bool // contracts: the test says of each once
}

// Delivery is one message.
type Delivery struct {
	events.Event
	RoutingKey string
	MessageID  string
	Persistent bool
	// Redelivered says that the broker may have delivered it before.
	Redelivered bool
}

// Listen binds the queue; the exchange must be there. The URL is one, or those
// of a cluster, as AMQP_URL takes them.
func Listen(t testing.TB, url string) *Listener {
	t.Helper()
	l := &Listener{urls: strings.Split(url, ","), t: t, broken: map[string]bool{}}
	deliveries, conn, err := l.consume()
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.run(ctx, conn, deliveries)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return l
}

func (l *Listener) consume() (<-chan amqp.Delivery, *amqp.Connection, error) {
	var conn *amqp.Connection
	var err error
	for _, url := range l.urls {
		if conn, err = amqp.DialConfig(url, amqp.Config{Dial: amqp.DefaultDial(5 * time.Second)}); err == nil {
			break
		}
	}
	if err != nil {
		return nil, nil, err
	}
	deliveries, err := l.consumeOn(conn)
	if err != nil {
		_ = conn.Close()
	}
	return deliveries, conn, err
}

func (l *Listener) consumeOn(conn *amqp.Connection) (<-chan amqp.Delivery, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, err
	}
	kind := amqp.Table{}
	if len(l.urls) > 1 {
		kind[amqp.QueueTypeArg] = amqp.QueueTypeQuorum
	}
	if _, err := ch.QueueDeclare(listenersQueue, true, false, false, false, kind); err != nil {
		return nil, err
	}
	if err := ch.QueueBind(listenersQueue, "#", rabbitmq.Exchange, false, nil); err != nil {
		return nil, err
	}
	return ch.Consume(listenersQueue, "", false, false, false, false, nil)
}

// run connects again after the broker was frozen or killed.
func (l *Listener) run(ctx context.Context, conn *amqp.Connection, deliveries <-chan amqp.Delivery) {
	for {
		l.drain(ctx, deliveries)
		_ = conn.CloseDeadline(time.Now().Add(100 * time.Millisecond))
		err := Await(ctx, time.Hour, func(context.Context) (err error) {
			deliveries, conn, err = l.consume()
			return err
		})
		if err != nil || ctx.Err() != nil {
			if err == nil {
				_ = conn.CloseDeadline(time.Now().Add(100 * time.Millisecond))
			}
			return
		}
	}
}

func (l *Listener) drain(ctx context.Context, deliveries <-chan amqp.Delivery) {
	for {
		select {
		case <-ctx.Done():
			return
		case d, open := <-deliveries:
			if !open {
				return
			}
			l.hear(d)
			_ = d.Ack(false) // else it comes again, marked as such
		}
	}
}

func (l *Listener) hear(d amqp.Delivery) {
	event, err := events.Decode(d.Body)
	if err != nil { // no test provokes this; it fails whoever looks for the event
		event = events.Event{Type: order.EventType("undecodable: " + err.Error()), Body: d.Body}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.AppId == "" || d.AppId == events.Source {
		l.judge(d)
	}
	l.heard = append(l.heard, Delivery{
		Event: event, RoutingKey: d.RoutingKey, MessageID: d.MessageId,
		Persistent: d.DeliveryMode == amqp.Persistent, Redelivered: d.Redelivered,
	})
}

func (l *Listener) judge(d amqp.Delivery) {
	if err := strict.Check(d.Body); err != nil && !l.broken[d.RoutingKey] {
		l.broken[d.RoutingKey] = true
		l.t.Errorf("an event was published that breaks its contract: %v\n%s", err, d.Body)
	}
}

// All is every delivery so far.
func (l *Listener) All() []Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Delivery(nil), l.heard...)
}

// Of is every delivery of one order so far.
func (l *Listener) Of(id order.ID) []Delivery {
	var of []Delivery
	for _, d := range l.All() {
		if d.Subject == id {
			of = append(of, d)
		}
	}
	return of
}

// Story is the types of an order's events so far, as one line.
func (l *Listener) Story(id order.ID) string {
	var types []string
	for _, d := range l.Of(id) {
		types = append(types, string(d.Type))
	}
	return strings.Join(types, " ")
}

// Until waits for the order's event of the type, in any number of deliveries.
func (l *Listener) Until(t testing.TB, id order.ID, last order.EventType) {
	t.Helper()
	Eventually(t, func(context.Context) error {
		for _, d := range l.Of(id) {
			if d.Type == last {
				return nil
			}
		}
		return fmt.Errorf("order %s: no %s among the events: %s", id, last, l.Story(id))
	})
}
