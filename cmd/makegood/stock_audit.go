package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/alecthomas/kong"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"makegood/audit"
	"makegood/inventory"
	"makegood/worker"
	"makegood/workflows"
)

// StockAuditCmd is `makegood stock audit`. It asks Temporal and Redis
// themselves, and needs neither gateway nor worker.
type StockAuditCmd struct {
	RedisURL redisURL `name:"redis-url" env:"REDIS_URL" default:"redis://127.0.0.1:6379/0" help:"The stock."`
	Repair   bool     `help:"Put right what is found. Each repair is on record with its reason."`
}

// Help is the long help.
func (*StockAuditCmd) Help() string {
	return `Compares the stock with what Temporal has on record: which units each order holds, has bought or has given back; and the level of each SKU with what was put in, what was sold and what open orders hold. It may run while orders do, and changes nothing without --repair. Workers make the same audit each minute, and give back what is held, for longer than 10 minutes, for orders that are gone.

Ends with 1 if something is wrong and was not repaired. A SKU of which more is held than is on hand was oversold: the orders that hold it can't all be shipped, and 'makegood stock holds' names them.

Examples:

  makegood stock audit
  makegood stock audit --repair
  makegood stock --json audit | jq 'select(.order_id)'

Temporal is found by its own variables, such as TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.`
}

// Run audits and reports.
func (c *StockAuditCmd) Run(ctx context.Context, k *kong.Kong, stock *StockCmd) error {
	temporal, namespace, err := dialTemporal(ctx)
	if err != nil {
		return err
	}
	defer temporal.Close()
	retention, err := worker.RetentionOf(ctx, temporal, namespace)
	if err != nil {
		return err
	}
	books, shut, err := openStock(ctx, c.RedisURL, inventory.Config{Namespace: namespace, KeepFor: keepStockFor(retention)})
	if err != nil {
		return err
	}
	defer shut()

	left := 0
	take := &audit.Stocktaking{Temporal: temporal, Stock: books, Mend: c.Repair, Found: func(d audit.Drift) {
		if !d.Mended {
			left++
		}
		if stock.JSON {
			_ = printJSON(k.Stdout, d)
			return
		}
		fmt.Fprintln(k.Stdout, driftLine(d))
	}}
	looked, err := c.take(ctx, k, temporal, take)
	if ctx.Err() != nil {
		return fmt.Errorf("stopped after %d orders", looked)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(k.Stderr, "%d orders and every SKU were looked at\n", looked)
	if err := tellOversold(ctx, k, books); err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("differences left: %d", left)
	}
	return nil
}

// take audits everything and shows how far it is.
func (*StockAuditCmd) take(ctx context.Context, k *kong.Kong, temporal client.Client, take *audit.Stocktaking) (int64, error) {
	counted, err := temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: "WorkflowType = '" + workflows.OrderWorkflow + "'"})
	if err != nil {
		return 0, fmt.Errorf("count orders: %w", err)
	}
	var looked atomic.Int64
	stop := everySecond(func() { fmt.Fprintf(k.Stderr, "%d of %d orders\n", looked.Load(), counted.GetCount()) })
	defer stop()
	if err := take.Holds(ctx); err != nil {
		return 0, err
	}
	if err := take.Listed(ctx, "StartTime > '1970-01-01T00:00:00Z'", func(orders int) { looked.Add(int64(orders)) }); err != nil {
		return looked.Load(), err
	}
	return looked.Load(), take.SKUs(ctx)
}

// tellOversold names each SKU of which more is held than is on hand. That is no
// difference: the books are right, and the shelf is short.
func tellOversold(ctx context.Context, k *kong.Kong, books *inventory.Stock) error {
	for cursor := ""; ; {
		page, next, err := books.Levels(ctx, cursor, 1000)
		if err != nil {
			return err
		}
		for _, level := range page {
			if level.Available < 0 {
				fmt.Fprintf(k.Stderr, "SKU %[1]s is oversold by %[2]d: makegood stock holds %[1]s\n", level.SKU, -level.Available)
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

func driftLine(d audit.Drift) string {
	what := "order " + string(d.Order)
	if d.SKU != "" {
		what = "SKU " + d.SKU
	}
	line := fmt.Sprintf("%s: it is %s, and has to be %s", what, d.Is, d.Due)
	switch {
	case d.Due == "":
		return what + ": it can't be looked at: " + d.Error
	case d.Mended:
		return line + ": repaired"
	case d.Error != "":
		return line + ": can't be repaired: " + d.Error
	default:
		return line
	}
}
