package main

import (
	"context"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"makegood/api/client"
)

// StockCmd is what an operator does with stock, over the public API.
type StockCmd struct {
	ClientSettings
	JSON bool `name:"json" help:"Print JSON for scripts: one object a line."`

	Get    StockGetCmd    `cmd:"" help:"Show how many units of a SKU there are."`
	Set    StockSetCmd    `cmd:"" help:"Declare how many units are on hand."`
	Adjust StockAdjustCmd `cmd:"" help:"Add units, or take some away."`
	Holds  StockHoldsCmd  `cmd:"" help:"Show which open orders hold units of a SKU."`
	Audit  StockAuditCmd  `cmd:"" help:"Compare the stock with what Temporal has on record."`
	List   StockListCmd   `cmd:"" help:"List every SKU with its level."`
	Import StockImportCmd `cmd:"" help:"Declare the levels of many SKUs from a CSV file."`
	Watch  StockWatchCmd  `cmd:"" help:"Show levels as they change."`
}

func (s *StockCmd) print(out io.Writer, level client.Level) error {
	if s.JSON {
		return printJSON(out, level)
	}
	w := table(out)
	fmt.Fprintln(w, "SKU\tON HAND\tHELD\tAVAILABLE")
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", level.SKU, level.OnHand, level.Held, level.Available)
	return w.Flush()
}

// StockGetCmd is `makegood stock get`.
type StockGetCmd struct {
	SKU stockSKU `arg:"" name:"sku" help:"The SKU."`
}

// Help is the long help.
func (*StockGetCmd) Help() string {
	return `Examples:

  makegood stock get MUG-BLUE
  makegood stock get MUG-BLUE --json | jq .available

ON HAND includes what is HELD for orders that are under way; AVAILABLE is the difference.`
}

// Run prints the SKU's level.
func (c *StockGetCmd) Run(ctx context.Context, k *kong.Kong, stock *StockCmd) error {
	level, err := stock.client().Stock(ctx, string(c.SKU))
	if err != nil {
		return err
	}
	return stock.print(k.Stdout, level)
}

// stockChange is what changes of stock have in common.
type stockChange struct {
	Reason string `placeholder:"WHY" help:"Why, for the record."`
	Key    string `placeholder:"KEY" help:"Idempotency key: the same key and change are done once, however often you run this."`
}

// StockSetCmd is `makegood stock set`.
type StockSetCmd struct {
	SKU   stockSKU   `arg:"" name:"sku" help:"The SKU; one that was never in stock becomes known."`
	Units stockUnits `arg:"" name:"units" help:"Units on hand, held ones included."`
	stockChange
}

// Help is the long help.
func (*StockSetCmd) Help() string {
	return `Examples:

  makegood stock set MUG-BLUE 100
  makegood stock set MUG-BLUE 97 --reason stocktaking --key stocktaking-2031-05

Fewer than are held for orders are refused.`
}

// Run sets the SKU's level and prints it.
func (c *StockSetCmd) Run(ctx context.Context, k *kong.Kong, stock *StockCmd) error {
	level, err := stock.client().SetStock(ctx, string(c.SKU), int64(c.Units), c.Reason, c.Key)
	if err != nil {
		return err
	}
	return stock.print(k.Stdout, level)
}

// StockAdjustCmd is `makegood stock adjust`.
type StockAdjustCmd struct {
	SKU   stockSKU   `arg:"" name:"sku" help:"The SKU."`
	Units stockUnits `arg:"" name:"±units" help:"Units to add, or to take away if negative."`
	stockChange
}

// Help is the long help.
func (*StockAdjustCmd) Help() string {
	return `Examples:

  makegood stock adjust MUG-BLUE +12 --reason "delivery 4711" --key delivery-4711
  makegood stock adjust MUG-BLUE -1 --reason broken`
}

// Run changes the SKU's level and prints it.
func (c *StockAdjustCmd) Run(ctx context.Context, k *kong.Kong, stock *StockCmd) error {
	level, err := stock.client().AdjustStock(ctx, string(c.SKU), int64(c.Units), c.Reason, c.Key)
	if err != nil {
		return err
	}
	return stock.print(k.Stdout, level)
}
