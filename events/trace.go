package events

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"makegood/telemetry"
)

// The names are those of OpenTelemetry's conventions for messaging.
const (
	messagingSystem    = attribute.Key("messaging.system")
	messagingOperation = attribute.Key("messaging.operation.type")
	messagingID        = attribute.Key("messaging.message.id")
	messagingCount     = attribute.Key("messaging.batch.message_count")
	messagingConsumer  = attribute.Key("messaging.consumer.group.name")
)

// startPublish starts the span of a publish, within the trace that ctx is in.
func startPublish(ctx context.Context, over Transport, list []Event) (context.Context, trace.Span) {
	ctx, span := telemetry.Span(ctx, "publish events", trace.SpanKindProducer)
	if span.IsRecording() {
		span.SetAttributes(messagingSystem.String(string(over)), messagingOperation.String("send"), messagingCount.Int(len(list)))
		if len(list) > 0 {
			span.SetAttributes(telemetry.OrderID.String(string(list[0].Subject)))
		}
	}
	return ctx, span
}

// startProcess starts the span of one attempt at an event. Its parent is the
// request that placed the order: that is what the event names, in the same
// bytes on every attempt to publish it.
func startProcess(ctx context.Context, s Subscription, e Event) (context.Context, trace.Span) {
	ctx, span := telemetry.Span(telemetry.Within(ctx, e.Traceparent), "process "+string(e.Type), trace.SpanKindConsumer)
	if span.IsRecording() {
		span.SetAttributes(messagingSystem.String(string(s.over)), messagingOperation.String("process"),
			messagingID.String(e.ID), messagingConsumer.String(s.Name), telemetry.OrderID.String(string(e.Subject)))
	}
	return ctx, span
}

// Within is ctx within the trace of the event in body, for what is logged of
// it. What is no event, or names no trace, leaves ctx as it is.
func Within(ctx context.Context, body []byte) context.Context {
	e, err := Decode(body)
	if err != nil {
		return ctx
	}
	return telemetry.Within(ctx, e.Traceparent)
}
