package telemetry

import (
	"context"
	"errors"
	"reflect"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/temporal"
)

// OrderID is the attribute of every span that knows its order.
const OrderID = attribute.Key("makegood.order_id")

// Tracer makes the spans of makegood's own code. Until StartTraces it makes
// spans that record nothing.
var Tracer = otel.Tracer("makegood")

// W3C carries traces from one process to the next. Baggage is not carried:
// nobody knows what is in it.
var W3C = propagation.TraceContext{}

// Span starts a span within the trace of ctx. Outside of a trace that is
// sampled it starts none, and the span that it returns does nothing: only a
// request to the gateway begins a trace.
func Span(ctx context.Context, name string, kind trace.SpanKind, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx, none
	}
	return Tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attributes...))
}

var none = trace.SpanFromContext(context.Background())

// End ends the span, failed if err is an error. Of that it keeps the type: the
// text may be a provider's, and name a person. The log has it.
func End(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(errorType(err))
	}
	span.End()
}

// errorType is the type of a failure of Temporal's, or of the error in Go.
func errorType(err error) attribute.KeyValue {
	name := reflect.TypeOf(err).String()
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) && failure.Type() != "" {
		name = failure.Type()
	}
	return attribute.String("error.type", name)
}

// Within is ctx within the trace that a traceparent names; if it names none,
// ctx as it is.
func Within(ctx context.Context, traceparent string) context.Context {
	return W3C.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
}

// Traceparent names the span of ctx, as a traceparent of W3C's. It is empty
// outside of a trace.
func Traceparent(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	W3C.Inject(ctx, carrier)
	return carrier["traceparent"]
}
