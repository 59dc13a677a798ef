package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"makegood/inventory"
	"makegood/order"
)

// StockHoldsCmd is `makegood stock holds`. It asks Redis itself.
type StockHoldsCmd struct {
	SKU      stockSKU `arg:"" name:"sku" help:"The SKU."`
	RedisURL redisURL `name:"redis-url" env:"REDIS_URL" default:"redis://127.0.0.1:6379/0" help:"The stock."`
}

// Help is the long help.
func (*StockHoldsCmd) Help() string {
	return `Lists the orders that hold units of the SKU, the oldest hold first. Of a SKU that is oversold, it says between which orders to choose.

Examples:

  makegood stock holds MUG-BLUE
  makegood stock --json holds MUG-BLUE | jq -r .order_id

The pool is that of the Temporal namespace, TEMPORAL_NAMESPACE.`
}

// heldUnits is what one order holds of a SKU.
type heldUnits struct {
	Order order.ID  `json:"order_id"`
	Units int64     `json:"units"`
	Since time.Time `json:"since"`
}

// Run prints a line for each order.
func (c *StockHoldsCmd) Run(ctx context.Context, k *kong.Kong, stock *StockCmd) error {
	options, err := temporalOptions()
	if err != nil {
		return err
	}
	books, shut, err := openStock(ctx, c.RedisURL, inventory.Config{Namespace: options.Namespace})
	if err != nil {
		return err
	}
	defer shut()
	holds, err := c.holds(ctx, books)
	if err != nil {
		return err
	}
	w := table(k.Stdout)
	if !stock.JSON {
		fmt.Fprintln(w, "ORDER\tUNITS\tSINCE")
	}
	for _, h := range holds {
		if !stock.JSON {
			fmt.Fprintf(w, "%s\t%d\t%s\n", h.Order, h.Units, clock(h.Since))
		} else if err := printJSON(k.Stdout, h); err != nil {
			return err
		}
	}
	if len(holds) == 0 && !stock.JSON {
		fmt.Fprintf(k.Stderr, "no order holds any of %s\n", c.SKU)
	}
	return w.Flush()
}

// holds are those of the SKU, the oldest first.
func (c *StockHoldsCmd) holds(ctx context.Context, books *inventory.Stock) ([]heldUnits, error) {
	found := map[order.ID]heldUnits{} // a page may repeat one
	for cursor := uint64(0); ; {
		page, next, err := books.Holds(ctx, cursor)
		if err != nil {
			return nil, err
		}
		ids := make([]order.ID, len(page))
		for i, hold := range page {
			ids[i] = hold.Order
		}
		records, err := books.Records(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			for _, l := range r.Lines {
				if r.State == inventory.Held && l.SKU == string(c.SKU) {
					found[r.Order] = heldUnits{r.Order, l.Quantity, r.Since}
				}
			}
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b heldUnits) int { return a.Since.Compare(b.Since) }), nil
}
