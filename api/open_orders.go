package api

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"makegood/order"
)

const (
	// openKnownFor is shorter than the time between two scrapes of one
	// Prometheus; a second one makes Temporal count no more often.
	openKnownFor = 10 * time.Second
	openTimeout  = 2 * time.Second
)

var openDesc = prometheus.NewDesc("makegood_orders_open",
	"Orders whose workflow, or unwinding, is open, by status. Those of a final status only wait for the broker to confirm their events. Every gateway tells the same number; none while Temporal does not say.",
	[]string{"status"}, nil)

// openOrders has Temporal's visibility count the open orders at a scrape: it
// knows of orders that no worker is at, and across restarts. It lags some
// moments behind.
type openOrders struct {
	temporal client.Client
	log      *slog.Logger

	mu      sync.Mutex
	counted time.Time
	counts  []int64 // by order.Statuses; nil if Temporal did not say
}

// Describe implements prometheus.Collector.
func (*openOrders) Describe(to chan<- *prometheus.Desc) { to <- openDesc }

// Collect implements prometheus.Collector.
func (o *openOrders) Collect(to chan<- prometheus.Metric) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if time.Since(o.counted) > openKnownFor {
		o.count()
	}
	for i, n := range o.counts {
		to <- prometheus.MustNewConstMetric(openDesc, prometheus.GaugeValue, float64(n), string(order.Statuses[i]))
	}
}

func (o *openOrders) count() {
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	counts, err := countEach(ctx, o.temporal, "ExecutionStatus = 'Running'")
	if err != nil {
		o.log.Debug("open orders are not counted", "error", err)
		counts = nil
	}
	o.counts, o.counted = counts, time.Now()
}
