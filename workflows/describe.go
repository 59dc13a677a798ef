package workflows

import (
	"fmt"
	"strings"

	"makegood/order"
)

// describeRequest is what was asked for, in Markdown for the Web UI. It
// leaves out the address and the mail, which are in the input.
func describeRequest(o order.Order) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Customer `%s` pays **%s** with `%s`.\n\n", o.CustomerID, o.Total(), o.PaymentMethod)
	b.WriteString("| SKU | quantity | unit price |\n|---|---:|---:|\n")
	for _, l := range o.Lines {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", l.SKU, l.Quantity, order.Money{Amount: l.UnitPrice, Currency: o.Currency})
	}
	return b.String()
}

// describeStory is how the order stands, in Markdown for the Web UI.
func describeStory(story order.Story) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**", story.Status)
	if story.Reason != "" {
		fmt.Fprintf(&b, " (%s)", story.Reason)
	}
	if story.Next != "" {
		fmt.Fprintf(&b, ", next: %s", story.Next)
	}
	if story.Attention != nil && story.Attention.Detail != "" {
		fmt.Fprintf(&b, ": %s", story.Attention.Detail)
	}
	b.WriteString("\n\n")
	for _, e := range story.Timeline {
		fmt.Fprintf(&b, "%d. `%s` %s%s\n", e.Sequence, e.At.UTC().Format("15:04:05.000"), e.Type, describeOutcome(e.Outcome))
	}
	return b.String()
}

func describeOutcome(o order.Outcome) string {
	var b strings.Builder
	if o.Reference != "" {
		fmt.Fprintf(&b, " `%s`", o.Reference)
	}
	if o.Detail != "" {
		fmt.Fprintf(&b, ": %s", o.Detail)
	}
	for _, s := range o.Shortages {
		fmt.Fprintf(&b, ", %s: asked %d, available %d", s.SKU, s.Asked, s.Available)
	}
	return b.String()
}

// summaries are the one-liners that the Web UI shows for activities.
var summaries = map[order.Step]string{
	order.Charge:  "take the money",
	order.Reserve: "hold the stock",
	order.Ship:    "hand over to the carrier",
	order.Commit:  "take the held units out of the stock",
	order.Fence:   "make sure that no parcel goes out",
	order.Release: "give the stock back",
	order.Refund:  "give the money back",
}
