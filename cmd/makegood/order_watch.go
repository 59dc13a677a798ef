package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"makegood/api/client"
	"makegood/order"
)

// OrderWatchCmd is `makegood order watch`.
type OrderWatchCmd struct {
	ID         orderID    `arg:"" optional:"" help:"The order's id. All orders unless given."`
	Types      eventTypes `name:"type" placeholder:"TYPE" help:"Of all orders, only what is of these types, separated by commas, such as order.needs_attention,order.rejected."`
	CustomerID string     `name:"customer" placeholder:"ID" help:"Of all orders, only those of this customer."`
}

// Help is the long help.
func (*OrderWatchCmd) Help() string {
	return `Of one order, it begins with what has happened so far and ends with 0 after the order's terminal event, whatever that is. Of all orders, it begins with what happens next and goes on until Ctrl-C. It goes on where it was when the connection breaks.

  ✓ done   ✗ refused   ↩ undone   ! waits for a person

Examples:

  makegood order watch ord_01…
  makegood order watch
  makegood order watch --type order.needs_attention`
}

// Validate is called by kong: the filters are of all orders.
func (c *OrderWatchCmd) Validate() error {
	if c.ID != "" && (c.Types != nil || c.CustomerID != "") {
		return errors.New("--type and --customer choose among all orders; leave out the order's id")
	}
	return nil
}

// Run prints a line for everything that happens.
func (c *OrderWatchCmd) Run(ctx context.Context, k *kong.Kong, orders *OrderCmd) error {
	if c.ID == "" {
		return c.watchAll(ctx, k, orders)
	}
	gateway := orders.client()
	o, err := gateway.Get(ctx, order.ID(c.ID))
	if err != nil {
		return err
	}
	for happening, err := range gateway.Watch(ctx, order.ID(c.ID)) {
		switch {
		case err != nil:
			return err
		case orders.JSON:
			err = printJSON(k.Stdout, happening)
		default:
			err = printHappening(k.Stdout, happening, o.Request)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *OrderWatchCmd) watchAll(ctx context.Context, k *kong.Kong, orders *OrderCmd) error {
	filter := client.EventFilter{Types: c.Types, CustomerID: c.CustomerID}
	for event, err := range orders.client().WatchAll(ctx, filter) {
		switch {
		case err != nil && ctx.Err() != nil: // Ctrl-C
			return nil
		case err != nil:
			return err
		case orders.JSON:
			err = printJSON(k.Stdout, event)
		default:
			fmt.Fprintf(k.Stdout, "%s  ", event.OrderID)
			err = printHappening(k.Stdout, event.Happening, event.Order)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func printHappening(out io.Writer, h client.Happening, of order.Request) error {
	_, err := fmt.Fprintf(out, "%s  %s %-20s  %s\n", clock(h.Time), h.Mark(), h.Type, h.Words(of))
	return err
}
