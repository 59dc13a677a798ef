package telemetry

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
)

// ids are the spans' ids: random, but for one that the context asks for.
type ids struct{}

func (ids) NewIDs(context.Context) (trace.TraceID, trace.SpanID) {
	var id trace.TraceID
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	}
	return id, randomSpanID()
}

func (ids) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	if id, ok := ctx.Value(spanIDKey{}).(trace.SpanID); ok {
		return id
	}
	return randomSpanID()
}

func randomSpanID() (id trace.SpanID) {
	for !id.IsValid() {
		binary.NativeEndian.PutUint64(id[:], rand.Uint64())
	}
	return id
}

type spanIDKey struct{}

// sameSpan has the span that starts under the context have the same id each
// time that it starts below this parent.
func sameSpan(ctx context.Context, parent trace.SpanContext) context.Context {
	of := parent.SpanID()
	sum := fnv.New64a()
	_, _ = sum.Write(of[:]) // never fails
	var id trace.SpanID
	binary.BigEndian.PutUint64(id[:], sum.Sum64())
	return context.WithValue(ctx, spanIDKey{}, id)
}
