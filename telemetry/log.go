// Package telemetry owns how a role is seen from outside: its log, its
// metrics, its traces and its health. It never decides what is logged,
// measured or traced.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/mattn/go-isatty"
	"go.opentelemetry.io/otel/trace"
)

// NewLogger writes JSON lines, or text that a person reads; without a format,
// text to a terminal and JSON elsewhere. A line that is logged under a
// context within a trace has its trace_id and span_id. It returns an error that
// names the value for a format that is neither json nor text, or a level that
// slog doesn't know.
func NewLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: want debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: least, ReplaceAttr: tidy}
	if format == "" {
		format = formatFor(w)
	}
	switch format {
	case "json":
		return slog.New(traced{slog.NewJSONHandler(w, options)}), nil
	case "text":
		return slog.New(traced{slog.NewTextHandler(w, options)}), nil
	default:
		return nil, fmt.Errorf("log format %q: want json or text", format)
	}
}

func formatFor(w io.Writer) string {
	if file, ok := w.(*os.File); ok && isatty.IsTerminal(file.Fd()) {
		return "text"
	}
	return "json"
}

// traced adds to a line the trace that its context is in.
type traced struct{ slog.Handler }

// unwanted is the SDK's line of a failed activity, whose trace it doesn't know.
// The worker logs another.
const unwanted = "Activity error."

func (t traced) Handle(ctx context.Context, line slog.Record) error {
	if line.Message == unwanted {
		return nil
	}
	if at := trace.SpanContextFromContext(ctx); at.IsValid() {
		line.AddAttrs(slog.String("trace_id", at.TraceID().String()), slog.String("span_id", at.SpanID().String()))
	}
	return t.Handler.Handle(ctx, line)
}

func (t traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{t.Handler.WithAttrs(attrs)} }
func (t traced) WithGroup(name string) slog.Handler       { return traced{t.Handler.WithGroup(name)} }
