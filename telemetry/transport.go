package telemetry

import (
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Transport gives each request to the peer, such as stripe, a span, and the
// peer its trace. The URL is no part of the span: it may hold a token.
func Transport(peer string, next http.RoundTripper) http.RoundTripper {
	return transport{peer, next}
}

type transport struct {
	peer string
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := Span(r.Context(), r.Method+" "+t.peer, trace.SpanKindClient)
	if !span.IsRecording() {
		return t.next.RoundTrip(r)
	}
	span.SetAttributes(attribute.String("http.request.method", r.Method),
		attribute.String("server.address", r.URL.Hostname()), attribute.String("peer.service", t.peer))
	r = r.Clone(ctx) // a RoundTripper changes no request
	W3C.Inject(ctx, propagation.HeaderCarrier(r.Header))
	response, err := t.next.RoundTrip(r)
	if err == nil {
		span.SetAttributes(attribute.Int("http.response.status_code", response.StatusCode))
		if response.StatusCode >= http.StatusBadRequest {
			span.SetStatus(codes.Error, "")
		}
	}
	End(span, err)
	return response, err
}
