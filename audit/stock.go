package audit

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"makegood/order"
)

// StockReport is what an audit of the stock found. The next one starts from it.
type StockReport struct {
	// Orders is how many it has looked at.
	Orders int `json:"orders"`
	// Freed is how many holds of orders that had ended it has given back.
	Freed int `json:"freed"`
	// Drift is how much it found and left as it was: `makegood stock audit` names it.
	Drift int `json:"drift"`
	// Unread is how many orders it could not look at.
	Unread int `json:"unread,omitempty"`
	// Left are the orders of both, the first thousand. The next audit looks at
	// them again.
	Left []order.ID `json:"left,omitempty"`
	// Since is from when on the next audit looks at what was closed.
	Since time.Time `json:"since"`
	// Error is why it could not be made. The next one begins where it had to.
	Error string `json:"error,omitempty"`
}

const mostLeft = 1000

// AuditStock gives back what orders hold that are gone, and compares the stock
// with the orders that have closed since the last audit, with those that have
// been open for long, with those that were wrong last time, and with itself. It
// names what it finds in the log.
func (a *Auditor) AuditStock(ctx context.Context, last StockReport) (StockReport, error) {
	defer beat(ctx)()
	report := StockReport{Since: activity.GetInfo(ctx).StartedTime.Add(-lag)}
	log := activity.GetLogger(ctx)
	take := &Stocktaking{Temporal: a.Temporal, Stock: a.Stock, Free: true, Found: func(d Drift) {
		if d.Mended {
			report.Freed++
			log.Warn("a hold of an order that is gone was given back", "order_id", d.Order)
			return
		}
		if d.Order != "" && len(report.Left) < mostLeft {
			report.Left = append(report.Left, d.Order)
		}
		if d.Due == "" {
			report.Unread++
			log.Error("the stock of an order can't be looked at", "order_id", d.Order, "error", d.Error)
			return
		}
		report.Drift++
		log.Error("the stock is not as it has to be", "order_id", d.Order, "sku", d.SKU, "is", d.Is, "due", d.Due, "error", d.Error)
	}}
	if err := take.Holds(ctx); err != nil {
		return report, err
	}
	if err := take.Orders(ctx, last.Left); err != nil {
		return report, err
	}
	for _, query := range []string{
		"CloseTime >= '" + last.Since.UTC().Format(time.RFC3339Nano) + "'",
		"ExecutionStatus = 'Running' AND StartTime < '" + time.Now().Add(-lag).UTC().Format(time.RFC3339Nano) + "'",
	} {
		if err := take.Listed(ctx, query, func(looked int) { report.Orders += looked }); err != nil {
			return report, err
		}
	}
	if err := take.SKUs(ctx); err != nil {
		return report, err
	}
	a.Metrics.drift.Set(float64(report.Drift))
	a.Metrics.audited.SetToCurrentTime()
	return report, nil
}

// beat tells Temporal that the activity goes on, until it is stopped.
func beat(ctx context.Context) (stop func()) {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(heartbeat / 3)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-stopped }
}
