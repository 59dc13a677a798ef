package workflows

import (
	"fmt"
	"strings"
	"time"

	"makegood/order"
)

// What the Web UI shows of an order is Markdown. Words that others wrote stand
// in it as code, see quote.

// spare is a last paragraph with nothing to see: Temporal's UI 2.42 makes its
// frame a line lower than the text, and hides the last line until it is scrolled.
const spare = "\n\u00a0\n"

// describeRequest is what was asked for. It leaves out the address and the
// mail, which are in the input.
func describeRequest(o order.Order) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Customer %s pays **%s** with %s.\n\n", quote(o.CustomerID), o.Total(), quote(o.PaymentMethod))
	for _, l := range o.Lines {
		fmt.Fprintf(&b, "- %d × %s at %s\n", l.Quantity, l.SKU, order.Money{Amount: l.UnitPrice, Currency: o.Currency})
	}
	b.WriteString(spare)
	return b.String()
}

// describeStory is how the order stands, what it waits for and what a person
// can do, and what has happened, of which the broker has confirmed the first
// events.
func describeStory(o order.Order, story order.Story, cfg Config, confirmed int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**", story.Status)
	if story.Reason != "" {
		fmt.Fprintf(&b, " (%s)", story.Reason)
	}
	b.WriteString(": " + describeWait(o, story, cfg) + "\n\n")
	for _, e := range story.Timeline {
		fmt.Fprintf(&b, "%d. `%s` **%s** %s\n", e.Sequence, stamp(e.At), e.Type, describeEntry(o, e))
	}
	if late := len(story.Timeline) - confirmed; late > 0 && story.Next == "" {
		fmt.Fprintf(&b, "\nThe broker has not confirmed the last %d of these events. Publish goes on until it has.\n", late)
	}
	b.WriteString("\nAll times are UTC.\n" + spare)
	return b.String()
}

func describeWait(o order.Order, story order.Story, cfg Config) string {
	attempts := "Its attempts and the last error are under *Pending Activities*."
	if story.Next == "" {
		return map[order.Status]string{
			order.Completed: "the parcel is out, and the units have left the stock.",
			order.Rejected:  "whatever was taken or held is given back.",
			order.Cancelled: "whatever was taken or held is given back.",
		}[story.Status]
	}
	waits := fmt.Sprintf("next is **%s**, %s. ", story.Next, deed(story.Next, o))
	switch {
	case story.Attention != nil:
		return waits + "It does not get done, and waits for a person." + describeAttention(o, *story.Attention)
	case story.Turned:
		return waits + fmt.Sprintf("The order turned back. What it touched is undone, each step tried until it succeeds; one that takes %s asks for a person. ", cfg.AttentionAfter) + attempts
	case story.Forward:
		return waits + fmt.Sprintf("The carrier has the parcel, so the order only goes forward. The step is tried until it succeeds; if that takes %s, it asks for a person. ", cfg.AttentionAfter) + attempts
	default:
		return waits + fmt.Sprintf("The step is tried for %s; then the order turns back. ", cfg.StepDeadline) + attempts +
			fmt.Sprintf("\n\nTo turn it back now: `makegood order cancel %s`", o.ID)
	}
}

func describeAttention(o order.Order, a order.Outcome) string {
	step := a.Waiting
	if step == order.Fence {
		step = order.Ship // what waits at the carrier, as settle calls it
	}
	failure := "see *Pending Activities*"
	if a.Detail != "" {
		failure = quote(a.Detail) + ", later ones under *Pending Activities*"
	}
	return fmt.Sprintf(`

- Since: %s
- Error: %s
- It is tried on meanwhile. Once what is in its way is mended, don't wait for that: %s
- Or make it good by hand, and say so: %s`,
		stamp(a.At), failure,
		quote("makegood order retry "+string(o.ID)),
		quote(fmt.Sprintf("makegood order settle %s --step %s --by WHO --note WHY --reference WHERE", o.ID, step)))
}

// describeEntry says what the event is about.
func describeEntry(o order.Order, e order.Entry) string {
	switch e.Type {
	case order.EventPlaced:
		return units(o) + " for " + o.Total().String()
	case order.EventCharged, order.EventRefunded:
		return order.Money{Amount: e.Outcome.Amount, Currency: o.Currency}.String() + " " + quote(e.Outcome.Reference)
	case order.EventReserved, order.EventReleased:
		return units(o)
	case order.EventShipmentScheduled:
		return quote(e.Outcome.Reference) + " tracking " + quote(e.Outcome.Tracking)
	case order.EventStockRejected:
		var short []string
		for _, s := range e.Outcome.Shortages {
			short = append(short, fmt.Sprintf("%s: asked %d, available %d", s.SKU, s.Asked, s.Available))
		}
		return strings.Join(short, "; ")
	case order.EventDeclined, order.EventShipmentRejected:
		return quote(e.Outcome.Detail)
	case order.EventNeedsAttention:
		return string(e.Outcome.Waiting)
	case order.EventSettled:
		return fmt.Sprintf("%s by %s: %s %s", e.Outcome.Waiting, quote(e.Outcome.By), quote(e.Outcome.Note), quote(e.Outcome.Reference))
	default:
		return string(e.Reason)
	}
}

// longestQuote bounds what others say in the details, of which Temporal takes
// 20,000 bytes.
const longestQuote = 500

// quote makes text code, which has no Markdown in it; nothing, of nothing.
func quote(text string) string {
	text = strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "`", "'")
	if text == "" {
		return ""
	}
	return "`" + cut(text, longestQuote) + "`"
}

// stamp is short, for a line that has much to say.
func stamp(at time.Time) string { return at.UTC().Format("Jan 2 15:04:05") }
