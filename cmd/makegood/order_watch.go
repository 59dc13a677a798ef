package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"makegood/order"
)

// OrderWatchCmd is `makegood order watch`.
type OrderWatchCmd struct {
	ID orderID `arg:"" help:"The order's id."`
}

// Help is the long help.
func (*OrderWatchCmd) Help() string {
	return `It begins with what has happened so far, goes on where it was when the connection breaks, and ends with 0 after the order's terminal event, whatever that is.

  ✓ done   ✗ refused   ↩ undone   ! waits for a person`
}

// Run prints a line for everything that happens.
func (c *OrderWatchCmd) Run(ctx context.Context, k *kong.Kong, orders *OrderCmd) error {
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
			_, err = fmt.Fprintf(k.Stdout, "%s  %s %-20s  %s\n",
				clock(happening.Time), happening.Mark(), happening.Type, happening.Words(o.Request))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
