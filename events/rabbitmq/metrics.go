package rabbitmq

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// countTimeout is how long the broker has to say how long all queues are.
const countTimeout = time.Second

// Metrics tell how long the consumers' queues are: at each scrape, where they
// are registered, or nothing while the broker doesn't answer. They are the same
// in every process: one of a kind of role is enough. They have a connection of
// their own: on one that publishes, a broker with an alarm would not hear the
// question.
type Metrics struct {
	line *line

	mu   sync.Mutex
	conn *amqp.Connection // nil while there is none
}

var _ prometheus.Collector = (*Metrics)(nil)

// NewMetrics connects with Keep. It returns an error only for a bad URL.
func NewMetrics(cfg Config) (*Metrics, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Metrics{line: newLine("makegood backlogs", cfg.withDefaults())}, nil
}

// Keep keeps the connection until ctx ends.
func (m *Metrics) Keep(ctx context.Context) {
	m.line.keep(ctx, func(ctx context.Context, conn *amqp.Connection) error {
		closed := conn.NotifyClose(make(chan *amqp.Error, 1))
		m.set(conn)
		defer m.set(nil)
		m.line.connected(nil)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case cause := <-closed:
			if cause == nil {
				return errors.New("the broker was too slow to say how long its queues are")
			}
			return cause
		}
	})
}

func (m *Metrics) set(conn *amqp.Connection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conn = conn
}

// Ready is nil while there is a connection, else it says why not.
func (m *Metrics) Ready() error { return m.line.ready() }

// Backlogs tells how much waits for each consumer. A queue that nobody has
// declared is empty. It takes a second at most, whatever the context: no caller's
// haste ends the connection of all.
func (m *Metrics) Backlogs(context.Context) ([]events.Backlog, error) {
	m.mu.Lock()
	conn := m.conn
	m.mu.Unlock()
	if conn == nil {
		return nil, cmp.Or(m.Ready(), events.ErrBrokerDown)
	}
	// The library waits for an answer for as long as the connection lasts.
	late := time.AfterFunc(countTimeout, func() { _ = conn.CloseDeadline(time.Now()) })
	defer late.Stop()
	count := counter{conn: conn}
	defer count.close()
	var backlogs []events.Backlog
	for _, c := range m.line.cfg.Consumers {
		backlogs = append(backlogs, count.backlog(c))
	}
	if count.err != nil {
		return nil, count.err
	}
	return backlogs, nil
}

// Describe implements prometheus.Collector.
func (*Metrics) Describe(to chan<- *prometheus.Desc) { events.DescribeBacklogs(to) }

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	backlogs, err := m.Backlogs(context.Background())
	if err != nil {
		m.line.cfg.Log.Debug("no metrics of the consumers' queues", "error", err)
		return
	}
	for _, b := range backlogs {
		b.Collect(to)
	}
}
