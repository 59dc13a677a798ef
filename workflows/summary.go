package workflows

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"makegood/order"
)

// summarize is the Web UI's one line on an activity: what it does, to which
// money or units, why, if the order turned back, and for how long it tries.
func summarize(step order.Step, o order.Order, why order.Reason, tries string) string {
	text := deed(step, o)
	if why != "" {
		text += " (" + string(why) + ")"
	}
	return line(text + ", " + tries)
}

func deed(step order.Step, o order.Order) string {
	switch step {
	case order.Charge:
		return "charge " + o.Total().String()
	case order.Reserve:
		return "hold " + units(o)
	case order.Ship:
		return "hand over to the carrier: " + units(o)
	case order.Commit:
		return "take out of the stock: " + units(o)
	case order.Fence:
		return "make sure that no parcel goes out"
	case order.Release:
		return "give back " + units(o)
	case order.Refund:
		return "pay back " + o.Total().String()
	default:
		return string(step)
	}
}

// units are what is bought: two SKUs tell an order from the others.
func units(o order.Order) string {
	lines := o.Quantities()
	var named []string
	for _, l := range lines[:min(2, len(lines))] {
		named = append(named, fmt.Sprintf("%d × %s", l.Quantity, l.SKU))
	}
	text := strings.Join(named, ", ")
	if more := len(lines) - len(named); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// noted is the one line on what the saga notes for itself.
func noted(n order.Outcome) string {
	switch {
	case n.Step == order.Turn:
		return line("turned back: " + string(n.Reason))
	case n.Step == order.Settle:
		return line(fmt.Sprintf("%s settled by hand by %s: %s %s", n.Waiting, n.By, n.Note, n.Reference))
	case n.Detail == "":
		return line(string(n.Waiting) + " needs attention")
	default:
		return line(string(n.Waiting) + " needs attention: " + n.Detail)
	}
}

// announcement is the one line on a publish of these events.
func announcement(entries []order.Entry) string {
	first, last := entries[0], entries[len(entries)-1]
	if len(entries) == 1 {
		return "announce " + string(first.Type)
	}
	return fmt.Sprintf("announce %s to %s", first.Type, last.Type)
}

// longestLine is how many bytes Temporal says that it takes of a summary:
// https://docs.temporal.io/develop/go/enriching-ui. A server that refuses a
// longer one would refuse the order.
const longestLine = 200

// line makes one line of text.
func line(text string) string {
	return cut(strings.Join(strings.Fields(text), " "), longestLine)
}

// cut shortens text to at most so many bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	const rest = "…"
	end := most - len(rest)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + rest
}
