// Package telemetry owns how a role is seen from outside: its log, its
// metrics and its health. It never decides what is logged or measured.
package telemetry

import (
	"fmt"
	"io"
	"log/slog"
)

// NewLogger writes JSON lines, or text that a person reads. It returns an
// error that names the value for a format that is neither json nor text, or a
// level that slog doesn't know.
func NewLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: want debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: least}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	default:
		return nil, fmt.Errorf("log format %q: want json or text", format)
	}
}
