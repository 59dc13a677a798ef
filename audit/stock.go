package audit

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/activity"
)

// NewDrift makes the metric of an Auditor.
func NewDrift() prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "makegood_stock_drift",
		Help: "Orders and SKUs whose stock the last audit of this process found other than the histories say, and did not mend.",
	})
}

// StockReport is what an audit of the stock found.
type StockReport struct {
	// Orders is how many it has looked at.
	Orders int `json:"orders"`
	// Freed is how many holds of orders that had ended it has given back.
	Freed int `json:"freed"`
	// Drift is how much it found and left as it was: `makegood stock audit` names it.
	Drift int `json:"drift"`
}

// AuditStock frees the holds of orders that are gone, and compares the stock
// with the orders that have closed since then, with those that have been open
// for long, and with itself. It names what it finds in the log.
func (a *Auditor) AuditStock(ctx context.Context, since time.Time) (StockReport, error) {
	var report StockReport
	log := activity.GetLogger(ctx)
	take := &Stocktaking{Temporal: a.Temporal, Stock: a.Stock, Found: func(d Drift) {
		activity.RecordHeartbeat(ctx)
		if d.Mended {
			report.Freed++
			log.Warn("a hold of an order that is gone was given back", "order_id", d.Order)
			return
		}
		report.Drift++
		log.Error("the stock is not as it has to be", "order_id", d.Order, "sku", d.SKU, "is", d.Is, "due", d.Due, "error", d.Error)
	}}
	if err := take.Holds(ctx); err != nil {
		return report, err
	}
	for _, query := range []string{
		"CloseTime >= '" + since.UTC().Format(time.RFC3339Nano) + "'",
		"ExecutionStatus = 'Running' AND StartTime < '" + time.Now().Add(-lag).UTC().Format(time.RFC3339Nano) + "'",
	} {
		err := take.Listed(ctx, query, func(looked int) {
			report.Orders += looked
			activity.RecordHeartbeat(ctx)
		})
		if err != nil {
			return report, err
		}
	}
	if err := take.SKUs(ctx); err != nil {
		return report, err
	}
	a.Drift.Set(float64(report.Drift))
	return report, nil
}
