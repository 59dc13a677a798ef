package telemetry_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/telemetry"
)

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// logged is the line that say writes, as JSON.
func logged(t *testing.T, say func(*slog.Logger)) map[string]any {
	t.Helper()
	var written strings.Builder
	log, err := telemetry.NewLogger(&written, "", "info")
	require.NoError(t, err)
	say(log)
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(written.String()), &line), "JSON, unless it goes to a terminal")
	delete(line, "time")
	delete(line, "level")
	return line
}

func TestALineWithinATraceNamesIt(t *testing.T) {
	line := logged(t, func(log *slog.Logger) {
		log.With("role", "api").InfoContext(telemetry.Within(t.Context(), traceparent), "hello")
	})
	require.Equal(t, map[string]any{"msg": "hello", "role": "api",
		"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7"}, line)
}

func TestTheSDKsLinesHaveOurNames(t *testing.T) {
	line := logged(t, func(log *slog.Logger) {
		log.Error("a step failed", "WorkflowID", "unwind/ord_ifaq4ymuaebagbafaydqqcikbm", "TraceID", "1", "SpanID", "2")
	})
	require.Equal(t, map[string]any{"msg": "a step failed", "order_id": "ord_ifaq4ymuaebagbafaydqqcikbm", "trace_id": "1", "span_id": "2"}, line)
	require.Equal(t, map[string]any{"msg": "audit", "WorkflowID": "makegood-audit"},
		logged(t, func(log *slog.Logger) { log.Info("audit", "WorkflowID", "makegood-audit") }), "no order")
	require.Equal(t, map[string]any{"msg": "Started Worker", "WorkerID": "4711@worker-1@"},
		logged(t, func(log *slog.Logger) { log.Info("Started Worker", "WorkerID", "4711@worker-1@") }), "nobody's mail address")
}

func TestNoLineNamesACustomer(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a mail server's answer", "550 5.1.1 <ada@example.com>: no such user", "550 5.1.1 <[masked]>: no such user"},
		{"Stripe's answer", "stripe answered 400: No such PaymentMethod: 'pm_1PabcDEF'", "stripe answered 400: No such PaymentMethod: '[masked]'"},
		{"a card's id", "card_1PabcDEF is gone", "[masked] is gone"},
		{"Stripe's code is no card", "stripe answered 402 card_error card_declined", "stripe answered 402 card_error card_declined"},
		{"an order", "ord_ifaq4ymuaebagbafaydqqcikbm", "ord_ifaq4ymuaebagbafaydqqcikbm"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			line := logged(t, func(log *slog.Logger) {
				log.With("before", test.text).Warn(test.text, "error", errors.New(test.text), "last", test.text)
			})
			require.Equal(t, map[string]any{"before": test.want, "msg": test.want, "error": test.want, "last": test.want}, line)
		})
	}
}

func TestATerminalGetsText(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminal to be had:", err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	log, err := telemetry.NewLogger(terminal, "", "info")
	require.NoError(t, err)
	require.NoError(t, terminal.SetReadDeadline(time.Now().Add(10*time.Second)))
	log.Info("hello", "role", "api")
	text := make([]byte, 1000) // a terminal echoes what is typed
	n, err := terminal.Read(text)
	require.NoError(t, err)
	require.Contains(t, string(text[:n]), `msg=hello role=api`)
}

func BenchmarkLine(b *testing.B) {
	ours, err := telemetry.NewLogger(io.Discard, "json", "info")
	require.NoError(b, err)
	for name, log := range map[string]*slog.Logger{"slog": slog.New(slog.NewJSONHandler(io.Discard, nil)), "ours": ours.With("role", "api")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				log.InfoContext(context.Background(), "request", "method", "POST", "route", "/v1/orders", "order_id", "ord_ifaq4ymuaebagbafaydqqcikbm",
					"code", 202, "bytes", 64, "took", time.Millisecond, "client", "127.0.0.1", "request_id", "XPXSWHIUYQYCGFZ4MXLWBXWQXP")
			}
		})
	}
}
