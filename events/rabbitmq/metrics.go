package rabbitmq

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	amqp "github.com/rabbitmq/amqp091-go"

	"makegood/events"
)

// scrapeTimeout is how long the broker has to say how long all queues are.
const scrapeTimeout = time.Second

// Metrics tell at each scrape how long the consumers' queues are, or nothing
// while the broker doesn't answer. They are the same in every process: one of a
// kind of role is enough. They have a connection of their own: on one that
// publishes, a broker with an alarm would not hear the question.
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
	return &Metrics{line: newLine("makegood metrics", cfg.withDefaults())}, nil
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

// Describe implements prometheus.Collector.
func (*Metrics) Describe(to chan<- *prometheus.Desc) { events.DescribeBacklogs(to) }

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	m.mu.Lock()
	conn := m.conn
	m.mu.Unlock()
	if conn == nil {
		return
	}
	// The library waits for an answer for as long as the connection lasts.
	late := time.AfterFunc(scrapeTimeout, func() { _ = conn.CloseDeadline(time.Now()) })
	defer late.Stop()
	for _, c := range m.line.cfg.Consumers {
		backlog, err := backlogOf(conn, c)
		if err != nil {
			m.line.cfg.Log.Debug("no metrics of a consumer's queues", "consumer", c.Name, "error", err)
			continue
		}
		backlog.Collect(to)
	}
}
