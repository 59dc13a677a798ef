package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/alecthomas/kong"

	"makegood/api/client"
)

// StockListCmd is `makegood stock list`.
type StockListCmd struct {
	Limit *int `placeholder:"N" help:"How many at most; all of them unless given."`
}

// Help is the long help.
func (*StockListCmd) Help() string {
	return `Examples:

  makegood stock list
  makegood stock list --limit 20
  makegood stock list --json | jq -r 'select(.available < 5) | .sku'

SKUs come in the order of their bytes, each as it stands when its page is read.`
}

// Run prints page after page as they come.
func (c *StockListCmd) Run(ctx context.Context, k *kong.Kong, stock *StockCmd) error {
	left := math.MaxInt
	if c.Limit != nil {
		left = *c.Limit
	}
	if left < 1 {
		return errors.New("--limit must be at least 1")
	}
	if !stock.JSON {
		fmt.Fprintf(k.Stdout, stockRow, "SKU", "ON HAND", "HELD", "AVAILABLE")
	}
	for gateway, cursor := stock.client(), ""; left > 0; {
		page, err := gateway.ListStock(ctx, cursor, min(left, client.LongestStockPage))
		if err != nil {
			return err
		}
		if err := stock.printPage(k.Stdout, page.Items); err != nil {
			return err
		}
		left -= len(page.Items)
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
	if !stock.JSON {
		fmt.Fprintln(k.Stderr, "there are more: give a larger --limit, or none")
	}
	return nil
}

// stockRow has the widths that every page of a list can keep. Numbers have at
// most 16 digits.
const stockRow = "%-30s  %16v  %16v  %16v\n"

func (s *StockCmd) printPage(out io.Writer, levels []client.Level) error {
	for _, l := range levels {
		var err error
		if s.JSON {
			err = printJSON(out, l)
		} else {
			_, err = fmt.Fprintf(out, stockRow, l.SKU, l.OnHand, l.Held, l.Available)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
