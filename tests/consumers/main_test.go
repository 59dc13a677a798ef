// Package consumers runs the consumers of docs/consumers.md against a real
// broker, as somebody would who has nothing but that page.
package consumers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/events/rabbitmq"
	"makegood/order"
	"makegood/servers"
)

var (
	broker *servers.RabbitMQServer
	store  *servers.RedisServer
	vhosts atomic.Int64
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	before := goleak.IgnoreCurrent()
	var err error
	if broker, err = servers.RabbitMQ(context.Background(), servers.Options{}); err == nil {
		store, err = servers.Redis(context.Background(), servers.Options{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	_ = errors.Join(broker.Stop(), store.Stop())
	if err := goleak.Find(before); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// vhost is a corner of the broker with makegood's exchange in it.
func vhost(t *testing.T) (url string, p events.Publisher) {
	t.Helper()
	url, err := broker.AddVhost(t.Context(), fmt.Sprintf("consumers-%d", vhosts.Add(1)))
	require.NoError(t, err)
	require.NoError(t, rabbitmq.Setup(t.Context(), rabbitmq.Config{URL: url}))
	publisher, err := rabbitmq.NewPublisher(rabbitmq.Config{URL: url})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	return url, publisher
}

// shipped and soldOut are the events of an order of 25.00 EUR.
func shipped(t *testing.T, id string) []events.Event {
	return story(t, id, order.Outcome{Step: order.Reserve, At: at},
		order.Outcome{Step: order.Ship, At: at, Reference: "shp_1"}, order.Outcome{Step: order.Commit, At: at})
}

func soldOut(t *testing.T, id string) []events.Event {
	return story(t, id,
		order.Outcome{Step: order.Reserve, At: at, Reason: order.OutOfStock, Shortages: []order.Shortage{{SKU: "MUG-BLUE", Asked: 2}}},
		order.Outcome{Step: order.Refund, At: at, Reference: "re_1", Amount: 2500})
}

var at = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

func story(t *testing.T, id string, outcomes ...order.Outcome) []events.Event {
	t.Helper()
	o := order.Order{ID: order.ID(id), PlacedAt: at, Request: order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR",
		Lines: []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
	}}
	outcomes = append([]order.Outcome{{Step: order.Charge, At: at, Reference: "pi_1", Amount: 2500}}, outcomes...)
	made, err := events.Of(o, order.Tell(o, outcomes).Timeline)
	require.NoError(t, err)
	return made
}

// program is a consumer that runs, and what it has said.
type program struct {
	*exec.Cmd
	mu   sync.Mutex
	said bytes.Buffer
}

func start(t *testing.T, env []string, name string, args ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(name, args...)}
	p.Env = append(os.Environ(), env...)
	p.Stdout, p.Stderr = p, p
	require.NoError(t, p.Start())
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", name, p.all())
		}
	})
	return p
}

func (p *program) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Write(text)
}

func (p *program) all() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

func (p *program) count(text string) int { return strings.Count(p.all(), text) }

// depth is how many messages are ready in the queue; less than 0 where there is
// no such queue, or the broker doesn't answer.
func depth(url, queue string) int {
	q, err := inspect(url, queue)
	if err != nil {
		return -1
	}
	return q.Messages
}

// consumed tells whether somebody consumes the queue, and so has bound it.
func consumed(url, queue string) bool {
	q, err := inspect(url, queue)
	return err == nil && q.Consumers > 0
}

func inspect(url, queue string) (amqp.Queue, error) {
	conn, err := amqp.Dial(url)
	if err != nil {
		return amqp.Queue{}, err
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return amqp.Queue{}, err
	}
	return ch.QueueDeclarePassive(queue, true, false, false, false, nil)
}
