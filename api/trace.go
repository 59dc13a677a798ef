package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"makegood/telemetry"
)

// trace begins a trace with the request, or goes on with its caller's. What
// could name a person (query, body, headers) is left out.
func (s *Server) trace(c *gin.Context) {
	method, route := c.Request.Method, c.FullPath()
	if !s.cfg.Traces || !strings.HasPrefix(route, "/v1/") || streams(route) { // for days, perhaps
		c.Next()
		return
	}
	ctx := telemetry.W3C.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
	ctx, span := telemetry.Tracer.Start(ctx, method+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", method), attribute.String("http.route", route)))
	defer span.End()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
	if span.IsRecording() {
		span.SetAttributes(attribute.Int("http.response.status_code", c.Writer.Status()))
		if id := orderOf(c); id != "" {
			span.SetAttributes(telemetry.OrderID.String(id))
		}
		if c.Writer.Status() >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	}
}

// orderOf is the order that an answered request was about; empty if none is
// known. The answer to a POST says where its order is.
func orderOf(c *gin.Context) string {
	id := strings.TrimPrefix(c.Writer.Header().Get("Location"), "/v1/orders/")
	if strings.HasPrefix(c.FullPath(), "/v1/orders/:id") {
		id = c.Param("id")
	}
	if !orderID.MatchString(id) { // it is whatever the client wrote
		return ""
	}
	return id
}
