package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"makegood/api/client"
	"makegood/order"
)

// OrderListCmd is `makegood order list`.
type OrderListCmd struct {
	Status   order.Status `placeholder:"STATUS" help:"Only orders of this status: placed, charged, reserved, shipped, completed, compensating, needs_attention, rejected or cancelled."`
	Customer string       `placeholder:"ID" help:"Only orders of this customer."`
	Limit    int          `default:"20" help:"How many at most."`
	All      bool         `help:"All of them, whatever --limit says."`
}

// Help is the long help.
func (*OrderListCmd) Help() string {
	return `Examples:

  makegood order list --status needs_attention
  makegood order list --customer cus_42 --limit 100
  makegood order list --all --json | jq -r 'select(.reason == "out_of_stock") | .id'

The list lags some moments behind the orders themselves, and shows those of the last 30 days unless the namespace's retention was set otherwise.`
}

// Run prints page after page as they come.
func (c *OrderListCmd) Run(ctx context.Context, k *kong.Kong, orders *OrderCmd) error {
	if c.Limit < 1 {
		return fmt.Errorf("--limit must be at least 1")
	}
	const longestPage = 100
	filter := client.Filter{Status: c.Status, CustomerID: c.Customer}
	cursor := ""
	for left, first := c.Limit, true; c.All || left > 0; first = false {
		size := longestPage
		if !c.All {
			size = min(left, longestPage)
		}
		page, err := orders.client().List(ctx, filter, cursor, size)
		if err != nil {
			return err
		}
		if err := orders.printPage(k, page.Items, first); err != nil {
			return err
		}
		if first && len(page.Items) == 0 && !orders.JSON {
			fmt.Fprintln(k.Stderr, "no such order")
		}
		left -= len(page.Items)
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
	if !orders.JSON {
		fmt.Fprintln(k.Stderr, "there are more: give --all or a larger --limit")
	}
	return nil
}

// printPage keeps columns that are as wide on every page as on the first: ids
// have one length, and the widths of the others are given.
func (o *OrderCmd) printPage(k *kong.Kong, items []client.Summary, first bool) error {
	const row = "%-30s  %-15s  %-16s  %16s  %-19s  %s\n"
	if first && !o.JSON {
		fmt.Fprintf(k.Stdout, row, "ORDER", "STATUS", "REASON", "TOTAL", "PLACED", "CUSTOMER")
	}
	for _, s := range items {
		var err error
		if o.JSON {
			err = printJSON(k.Stdout, s)
		} else {
			total := order.Money{Amount: s.Total, Currency: s.Currency}
			_, err = fmt.Fprintf(k.Stdout, row, s.ID, s.Status, s.Reason, total, clock(s.CreatedAt), s.CustomerID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
