package roundtrips

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

var tracer = otel.Tracer("makegood/roundtrips")

// startSpan starts the span of one caller's call, within the trace that it is
// in: the round trip itself is of many. Outside of a trace it returns nil.
func startSpan(ctx context.Context, c *call) (context.Context, trace.Span) {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx, nil
	}
	operation := "EVALSHA"
	if c.script == nil {
		operation = fmt.Sprint(c.args[0])
	}
	return tracer.Start(ctx, "redis "+operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", "redis"), attribute.String("db.operation.name", operation)))
}

func endSpan(span trace.Span, err error) {
	if span == nil {
		return
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
