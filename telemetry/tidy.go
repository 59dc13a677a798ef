package telemetry

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// tidy gives what Temporal's SDK logs the names of our own lines, and masks
// what errors of others repeat of a customer: a mail server's answer names the
// recipient, Stripe's the payment method.
func tidy(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case "TraceID":
		return slog.String("trace_id", fmt.Sprint(a.Value.Any()))
	case "SpanID":
		return slog.String("span_id", fmt.Sprint(a.Value.Any()))
	case "WorkflowID":
		if id := strings.TrimPrefix(a.Value.String(), "unwind/"); strings.HasPrefix(id, "ord_") {
			return slog.String("order_id", id)
		}
		return a
	case "WorkerID": // process@machine, which is no mail address
		return a
	}
	switch a.Value.Kind() {
	case slog.KindString:
		if text := a.Value.String(); mayBePersonal(text) {
			a.Value = slog.StringValue(mask(text))
		}
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(mask(err.Error()))
		}
	}
	return a
}

// personal is a mail address, or Stripe's id of a payment method.
var personal = regexp.MustCompile(`[^\s<>()"',;:=/]+@[^\s<>()"',;]+|\b(?:pm_\w+|(?:card|src|tok)_[0-9]\w+)`)

func mask(text string) string {
	if !mayBePersonal(text) {
		return text
	}
	return personal.ReplaceAllLiteralString(text, "[masked]")
}

// mayBePersonal spares most texts the regular expression.
func mayBePersonal(text string) bool {
	return strings.ContainsRune(text, '@') || strings.Contains(text, "pm_") || strings.Contains(text, "card_") ||
		strings.Contains(text, "src_") || strings.Contains(text, "tok_")
}
