package events

import (
	"log/slog"
	"sync"
	"time"
)

// Outages tells of one broker's outages, of all connections of a process to
// it together: one line in the log when the first of them is lost, one when all
// are back. Its methods may be called from any goroutine, and repeated.
type Outages struct {
	log     *slog.Logger
	metrics *Metrics

	mu    sync.Mutex
	down  map[string]bool // by connection
	began time.Time
}

// NewOutages logs to log; nil means slog.Default. Nil metrics count for nobody.
func NewOutages(log *slog.Logger, metrics *Metrics) *Outages {
	if log == nil {
		log = slog.Default()
	}
	return &Outages{log: log, metrics: metrics.orUnseen(), down: map[string]bool{}}
}

// Down says that the connection is lost, and why.
func (o *Outages) Down(connection string, cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.down) == 0 {
		o.began = time.Now()
		o.metrics.outage.Set(1)
		o.log.Warn("the broker is down", "connection", connection, "error", cause)
	}
	o.down[connection] = true
}

// Forget says that nobody needs the connection any more. If the broker is down
// to no other one, nothing is known of it, and the log does not say that it is
// back.
func (o *Outages) Forget(connection string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.down, connection)
	if len(o.down) == 0 {
		o.metrics.outage.Set(0)
	}
}

// Up says that the connection is there.
func (o *Outages) Up(connection string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.down[connection] {
		return
	}
	delete(o.down, connection)
	if len(o.down) == 0 {
		o.metrics.outage.Set(0)
		o.log.Info("the broker is back", "outage", time.Since(o.began).Round(time.Millisecond))
	}
}
