package api

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/workflows"
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
	group, ctx := errgroup.WithContext(ctx)
	counts := make([]int64, len(order.Statuses))
	for i, status := range order.Statuses {
		group.Go(func() error {
			counted, err := o.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: openQuery(status)})
			counts[i] = counted.GetCount()
			return err
		})
	}
	err := group.Wait()
	if err != nil {
		o.log.Debug("open orders are not counted", "error", err)
		counts = nil
	}
	o.counts, o.counted = counts, time.Now()
}

func openQuery(status order.Status) string {
	return fmt.Sprintf("ExecutionStatus = 'Running' AND WorkflowType IN ('%s', '%s') AND %s = '%s'",
		workflows.OrderWorkflow, workflows.UnwindWorkflow, workflows.SagaStatus.GetName(), status)
}
