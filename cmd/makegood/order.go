package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"makegood/api/client"
	"makegood/order"
)

// OrderCmd is what an operator does with orders, over the public API.
type OrderCmd struct {
	ClientSettings
	JSON bool `name:"json" help:"Print JSON for scripts: one object a line."`

	Place  OrderPlaceCmd  `cmd:"" help:"Place an order, and wait a little for how it ends."`
	Get    OrderGetCmd    `cmd:"" help:"Show how an order stands, with its timeline."`
	List   OrderListCmd   `cmd:"" help:"List orders, newest first."`
	Watch  OrderWatchCmd  `cmd:"" help:"Show what happens to an order as it happens, until it ends."`
	Cancel OrderCancelCmd `cmd:"" help:"Take an order back."`
	Retry  OrderRetryCmd  `cmd:"" help:"Have the step that needs attention tried again now."`
	Settle OrderSettleCmd `cmd:"" help:"Declare the step that needs attention made good by hand."`
}

// client is the gateway that API_URL names.
func (s ClientSettings) client() *client.Client { return client.New(string(s.APIURL), nil) }

// printJSON writes v as one line.
func printJSON(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// table aligns cells that are ended by tabs.
func table(out io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(out, 0, 0, 2, ' ', 0) }

// OrderGetCmd is `makegood order get`.
type OrderGetCmd struct {
	ID orderID `arg:"" help:"The order's id."`
}

// Run prints the order.
func (c *OrderGetCmd) Run(ctx context.Context, k *kong.Kong, orders *OrderCmd) error {
	o, err := orders.client().Get(ctx, order.ID(c.ID))
	if err != nil {
		return err
	}
	if orders.JSON {
		return printJSON(k.Stdout, o)
	}
	return printOrder(k.Stdout, o)
}

func printOrder(out io.Writer, o client.Order) error {
	w := table(out)
	fmt.Fprintf(w, "order\t%s\n", o.ID)
	fmt.Fprintf(w, "status\t%s\n", withReason(o.Status, o.Reason))
	fmt.Fprintf(w, "customer\t%s, %s\n", o.CustomerID, o.Email)
	fmt.Fprintf(w, "total\t%s with %s\n", order.Money{Amount: o.Total, Currency: o.Currency}, o.PaymentMethod)
	for _, h := range o.Timeline {
		if h.Payment != nil {
			fmt.Fprintf(w, "payment\t%s\n", h.Payment.Intent)
		}
	}
	a := o.ShippingAddress
	fmt.Fprintf(w, "ships to\t%s, %s, %s %s, %s\n", a.Name, a.Line1, a.PostalCode, a.City, a.Country)
	if waits := o.Attention; waits != nil {
		fmt.Fprintf(w, "waits for\ta person, since %s: %s\n", clock(waits.Since), waits.Step)
		fmt.Fprintf(w, "because\t%s\n", cmp.Or(waits.Detail, "it takes long, and goes on being tried"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	w = table(out)
	for _, h := range o.Timeline {
		fmt.Fprintf(w, "%s\t%s %s\t%s\n", clock(h.Time), h.Mark(), h.Type, h.Words(o.Request))
	}
	if err := w.Flush(); err != nil || o.Attention == nil {
		return err
	}
	return printWords(out, o.ID, o.Attention.Step)
}

// printWords tells what a person can say of the step that waits.
func printWords(out io.Writer, id order.ID, step order.Step) error {
	if step == order.Fence {
		step = order.Ship // what waits at the carrier has one name
	}
	_, err := fmt.Fprintf(out, `
It is tried again each minute. Once what is in the way is mended:
  makegood order retry %[1]s
Or once you have done it by hand:
  makegood order settle %[1]s --step %[2]s --by WHO --note WHY --reference REFERENCE
`, id, step)
	return err
}

func withReason(status order.Status, reason order.Reason) string {
	if reason == "" {
		return string(status)
	}
	return fmt.Sprintf("%s: %s", status, reason)
}

// clock leaves out the fraction: the payment provider keeps whole seconds, and
// a charge must not seem older than its order.
func clock(t time.Time) string { return t.Local().Format(time.DateTime) }

// OrderCancelCmd is `makegood order cancel`.
type OrderCancelCmd struct {
	ID orderID `arg:"" help:"The order's id."`
}

// Help is the long help.
func (*OrderCancelCmd) Help() string {
	return `An order can be taken back until the carrier has its parcel; what it touched by then is undone. The command ends once that is recorded, and not when it is done: watch the order for that. It is safe to repeat.`
}

// Run asks for the cancel and prints how the order stood then.
func (c *OrderCancelCmd) Run(ctx context.Context, k *kong.Kong, orders *OrderCmd) error {
	placed, err := orders.client().Cancel(ctx, order.ID(c.ID))
	if err != nil {
		return err
	}
	return orders.print(k.Stdout, placed, "")
}

func (o *OrderCmd) print(out io.Writer, placed client.Placed, reason order.Reason) error {
	if o.JSON {
		return printJSON(out, placed)
	}
	_, err := fmt.Fprintf(out, "%s  %s\n", placed.ID, withReason(placed.Status, reason))
	return err
}
