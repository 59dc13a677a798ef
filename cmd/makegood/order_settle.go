package main

import (
	"context"

	"github.com/alecthomas/kong"

	"makegood/api/client"
	"makegood/order"
)

// OrderRetryCmd is `makegood order retry`.
type OrderRetryCmd struct {
	ID orderID `arg:"" help:"The order's id."`
}

// Help is the long help.
func (*OrderRetryCmd) Help() string {
	return `An order in needs_attention is tried again every minute by itself. This doesn't wait for that: say it when what was in the way is mended. 'makegood order list --status needs_attention' finds such orders, and 'order get' shows what waits and why.`
}

// Run asks for it and prints how the order stood then.
func (c *OrderRetryCmd) Run(ctx context.Context, k *kong.Kong, orders *OrderCmd) error {
	placed, err := orders.client().Settle(ctx, order.ID(c.ID), client.Word{Action: "retry"})
	if err != nil {
		return err
	}
	return orders.print(k.Stdout, placed, "")
}

// OrderSettleCmd is `makegood order settle`.
type OrderSettleCmd struct {
	ID        orderID    `arg:"" help:"The order's id."`
	Step      order.Step `required:"" placeholder:"STEP" help:"What waits: refund, release, commit, or ship for whatever waits at the carrier."`
	By        string     `required:"" placeholder:"WHO" help:"Who says so."`
	Note      string     `required:"" placeholder:"WHY" help:"Why, and what was done."`
	Reference string     `required:"" placeholder:"REFERENCE" help:"Under which it is found elsewhere: a bank transfer, a ticket."`
}

// Help is the long help.
func (*OrderSettleCmd) Help() string {
	return `Example:

  makegood order settle ord_ifaq4ymuaebagbafaydqqcikbm --step refund --by ada --note "card closed, paid back by bank transfer" --reference TX-2026-118

The order goes on as if the step had succeeded. Who, why and the reference stand in its history, on its timeline and in the event compensation.settled. It is safe to repeat.`
}

// Run declares it and prints how the order stood then.
func (c *OrderSettleCmd) Run(ctx context.Context, k *kong.Kong, orders *OrderCmd) error {
	placed, err := orders.client().Settle(ctx, order.ID(c.ID), client.Word{
		Action: "settled", Step: c.Step, By: c.By, Note: c.Note, Reference: c.Reference,
	})
	if err != nil {
		return err
	}
	return orders.print(k.Stdout, placed, "")
}
