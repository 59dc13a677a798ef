package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"makegood/telemetry"
)

const (
	requestIDHeader = "X-Request-Id"
	requestIDKey    = "request_id"

	// bodyLimit is 1 MiB; an order of 100 lines is some 20 KiB.
	bodyLimit   = 1 << 20
	bodyTimeout = 10 * time.Second
	// writeTimeout is how long an answer may take altogether, beside the time
	// that it was asked to wait. Streams set their own.
	writeTimeout = 30 * time.Second
)

// identify takes the caller's request id over if it is one, or makes one.
func (s *Server) identify(c *gin.Context) {
	id := c.GetHeader(requestIDHeader)
	if !requestID.MatchString(id) {
		id = rand.Text()
	}
	c.Set(requestIDKey, id)
	c.Header(requestIDHeader, id)
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// observe logs and measures every request by its route. What could name a
// person (query, body, headers) is left out.
func (s *Server) observe(registry *prometheus.Registry) gin.HandlerFunc {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "makegood_http_request_duration_seconds",
		Help:    "Time from a request's header to the end of its answer, streams left out.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	}, []string{"method", "route", "code"})
	registry.MustRegister(durations)
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		took, route, method := time.Since(start), c.FullPath(), c.Request.Method
		if route == "" {
			route, method = "unmatched", "any" // both are the client's to choose
		}
		if !streams(route) {
			telemetry.Observe(c.Request.Context(), durations.WithLabelValues(method, route, strconv.Itoa(c.Writer.Status())), took)
		}
		level := slog.LevelInfo
		if quiet[route] {
			level = slog.LevelDebug
		}
		s.log.Log(c.Request.Context(), level, "request", "method", method, "route", route, aboutOrder(c), "code", c.Writer.Status(),
			"bytes", c.Writer.Size(), "took", took, "client", c.ClientIP(), requestIDKey, c.GetString(requestIDKey))
	}
}

// aboutOrder is the order_id of a line about the request, or nothing.
func aboutOrder(c *gin.Context) slog.Attr {
	if id := orderOf(c); id != "" {
		return slog.String("order_id", id)
	}
	return slog.Attr{}
}

// quiet are the routes that machines ask every few seconds.
var quiet = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// recover answers a panic with a problem that says nothing of it.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		caught := recover()
		switch {
		case caught == nil:
		case caught == http.ErrAbortHandler: //nolint:errorlint // net/http compares it so too
			panic(caught)
		case c.Request.Context().Err() != nil:
			c.Abort() // the client is gone, and huma panicked over writing to it
		case c.Writer.Written():
			s.log.ErrorContext(c.Request.Context(), "panic after the answer began", "panic", caught, "stack", string(debug.Stack()), requestIDKey, c.GetString(requestIDKey))
			panic(http.ErrAbortHandler) // cut the connection: the answer is not whole
		default:
			s.refuse(c, problem(internal, "").because(fmt.Errorf("panic: %v\n%s", caught, debug.Stack())))
		}
	}()
	c.Next()
}

// bound gives the answer its time, and names the body's media type in the one
// way that huma knows it.
func (s *Server) bound(c *gin.Context) {
	allow(c.Writer, writeTimeout+wait(strings.Join(c.Request.Header.Values("Prefer"), ",")))
	media, parameters, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		s.refuse(c, unsupported("Content-Type", "must have no charset but utf-8"))
		return
	}
	if encoding := c.GetHeader("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		s.refuse(c, unsupported("Content-Encoding", "must not be given: bodies are taken as they are"))
		return
	}
	if err == nil {
		c.Request.Header.Set("Content-Type", media)
	}
	c.Next()
}

// allow lets the answer be written for that long from now.
func allow(w http.ResponseWriter, within time.Duration) {
	// Only a test's recorder knows no deadlines, and it never blocks.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(within))
}

// refuse answers with the problem from outside of huma.
func (s *Server) refuse(c *gin.Context, p *Problem) {
	s.report(c, p)
	c.Header("Content-Type", p.ContentType(""))
	c.AbortWithStatusJSON(p.Status, p)
}

func (s *Server) report(c *gin.Context, p *Problem) {
	p.RequestID = c.GetString(requestIDKey)
	if p.cause != nil {
		level := slog.LevelError
		if errors.Is(c.Request.Context().Err(), context.Canceled) { // the client left, and nobody failed
			level = slog.LevelDebug
		}
		s.log.Log(c.Request.Context(), level, "refused", "type", p.Type, "code", p.Status, "error", p.cause, "route", c.FullPath(),
			aboutOrder(c), requestIDKey, p.RequestID)
	}
}
