package console

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"makegood/order"
)

var functions = template.FuncMap{
	"money": func(amount int64, currency string) string {
		return order.Money{Amount: amount, Currency: currency}.String()
	},
	"status":   statusOf,
	"sentence": sentence,
	"words":    func(text any) string { return strings.ReplaceAll(fmt.Sprint(text), "_", " ") },
	"clock":    clock,
	"when":     when,
	"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
	"ago":      func(t time.Time) string { return span(time.Since(t)) },
	"since":    since,
	"seconds":  func(every string) string { return strings.TrimSuffix(every, "s") + " s" },
	"assets":   func() string { return assetVersion },
}

// clock is a time of day, without the milliseconds that a provider's clock of
// whole seconds hasn't.
func clock(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.UTC().Format("15:04:05")
	}
	return t.UTC().Format("15:04:05.000")
}

// when is a time of day, with the date unless it is today's.
func when(t time.Time) string {
	t = t.UTC()
	if now := time.Now().UTC(); t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	return t.Format("2 Jan 2006, 15:04")
}

// since is how much later something happened; empty if a provider's clock, of
// whole seconds perhaps, says that it was no later.
func since(t, start time.Time) string {
	if !t.After(start) {
		return ""
	}
	return "+" + span(t.Sub(start))
}

// span is a duration in two figures or so.
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}

// badge is a status as it is shown: by sign and word, not by colour alone.
type badge struct{ Sign, Word, Kind string }

func statusOf(s order.Status) badge {
	b := badge{Word: strings.ReplaceAll(string(s), "_", " ")}
	switch s {
	case order.Completed:
		b.Sign, b.Kind = "✓", "good"
	case order.NeedsAttention:
		b.Sign, b.Kind = "!", "alarm"
	case order.Compensating:
		b.Sign, b.Kind = "↩", "undo"
	case order.Rejected, order.Cancelled:
		b.Sign, b.Kind = "✗", "ended"
	default:
		b.Sign, b.Kind = "•", "busy"
	}
	return b
}
