// Package api is the gateway: it takes orders over HTTP, starts their sagas
// and answers how they stand. It knows a saga by its workflow's type, id,
// history and update, and never runs a step of it.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"makegood/eager"
	"makegood/events"
	"makegood/events/deadletters"
	"makegood/events/feed"
	"makegood/events/inbox"
	"makegood/inventory"
	"makegood/telemetry"
)

// Config is what a gateway needs beside the servers it speaks to.
type Config struct {
	// Version is what the OpenAPI document says; empty means "dev".
	Version string
	// Admission refuses an order that stock can't fill now, before its saga
	// starts.
	Admission bool
	// WorkerBeside tells whether a worker on the same client works by now: an
	// order is then given to it with the answer to its start. Nil means never.
	WorkerBeside func() bool
	// FirstTask returns the first workflow task of a run if that worker was
	// given it, and nil for any other run: how many orders may start at once is
	// then judged by how long the tasks take, and an order that ends in its
	// first task is answered without asking Temporal for it. Nil means that the
	// starts are judged, and that Temporal is asked.
	FirstTask func(runID string) *eager.Task
	// TrustedProxies are the addresses or networks whose X-Forwarded-For is
	// believed for the client's address in the log. None unless set.
	TrustedProxies []string
	// Feed is what GET /v1/events reads. Nil means that it is unavailable.
	Feed *feed.Feed
	// Inbox and Consumers are what GET /v1/orders/{id}/deliveries tells of. Nil
	// means nothing.
	Inbox     *inbox.Inbox
	Consumers []events.Consumer
	// Backlogs is how much waits for consumers at the broker. Nil means that
	// nobody can tell.
	Backlogs func(context.Context) ([]events.Backlog, error)
	// Namespace is Temporal's, and WebUI the URL of its Web UI, for links. An
	// empty one makes none.
	Namespace, WebUI string
	// Console serves /, /console and what is below, and does all that it does by
	// the gateway that it is given. Nil means that / lists what else there is.
	Console func(gateway http.Handler) http.Handler
	// Checks are what /readyz reports beside Temporal.
	Checks []telemetry.Check
	// Registry takes the gateway's metrics and is served at /metrics. Nil
	// means one of its own.
	Registry *prometheus.Registry
	// Traces has each request begin a trace, or go on with its caller's.
	Traces bool
	// Log nil means slog's default.
	Log *slog.Logger
}

// Server is one gateway. It is also its own http.Handler.
type Server struct {
	temporal  client.Client
	stock     *inventory.Stock
	letters   *deadletters.Index
	admission *admission // nil if it is off
	checks    []telemetry.Check
	starts    *startLimit
	taken     *takenOrders
	cfg       Config
	counted   lately
	log       *slog.Logger
	router    *gin.Engine

	// closing ends when Stop is called: long answers end early then.
	closing context.Context
	close   context.CancelFunc
	http    *telemetry.Server
}

// New builds the gateway. It asks nothing of the servers. Its error names the
// setting that is wrong.
func New(temporal client.Client, stock *inventory.Stock, letters *deadletters.Index, cfg Config) (*Server, error) {
	s := &Server{temporal: temporal, stock: stock, letters: letters, taken: newTakenOrders(), cfg: cfg, log: cfg.Log}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.cfg.Registry == nil {
		s.cfg.Registry = telemetry.NewRegistry()
	}
	if s.cfg.Version == "" {
		s.cfg.Version = "dev"
	}
	if s.cfg.Admission {
		s.admission = newAdmission(stock, s.cfg.Registry, s.log)
	}
	s.checks = append([]telemetry.Check{TemporalCheck(temporal)}, cfg.Checks...)
	s.starts = newStartLimit(s.cfg.Registry)
	s.cfg.Registry.MustRegister(&openOrders{temporal: temporal, log: s.log})
	s.closing, s.close = context.WithCancel(context.Background())

	gin.SetMode(gin.ReleaseMode)
	s.router = gin.New()
	s.router.HandleMethodNotAllowed = true
	s.router.RedirectTrailingSlash = false
	s.router.UseRawPath = true // a%2Fb is one bad id or SKU, no path of two parts
	if err := s.router.SetTrustedProxies(cfg.TrustedProxies); err != nil {
		return nil, fmt.Errorf("TRUSTED_PROXIES: want addresses or networks such as 10.0.0.0/8: %w", err)
	}
	s.router.Use(s.identify, s.trace, s.observe(s.cfg.Registry), s.recover, s.refuseCrossSite, s.bound)
	s.router.NoRoute(func(c *gin.Context) {
		s.refuse(c, problem(notFound, "no such path"))
	})
	s.router.NoMethod(func(c *gin.Context) {
		s.refuse(c, problem(methodNotAllowed, "this path takes "+c.Writer.Header().Get("Allow")))
	})
	s.pages()
	s.operations(humagin.New(s.router, s.document()))
	return s, nil
}

// document is the OpenAPI document's frame, and how huma reads and writes.
func (s *Server) document() huma.Config {
	config := huma.DefaultConfig("makegood", s.cfg.Version)
	config.Info.Description = "Orders as durable sagas: every order ships, or everything it touched is made good. " +
		"Amounts are integers in the currency's minor unit. Errors are RFC 9457 problems."
	config.CreateHooks = nil // no $schema members in our answers
	config.SchemasPath = ""
	config.DocsPath = ""                                                                        // see docs.go
	config.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON} // the latter for +json
	config.Transformers = []huma.Transformer{s.finish}
	return config
}

// finish puts the request's id into a problem, and its cause into the log.
func (s *Server) finish(ctx huma.Context, _ string, body any) (any, error) {
	if p, ok := body.(*Problem); ok {
		s.report(humagin.Unwrap(ctx), p)
	}
	return body, nil
}

func (s *Server) operations(to huma.API) {
	s.registerPlace(to)
	s.registerGet(to)
	s.registerList(to)
	s.registerCounts(to)
	s.registerAttempts(to)
	s.registerDeliveries(to)
	s.registerStream(to)
	s.registerWatchAll(to)
	s.registerCancel(to)
	s.registerSettle(to)
	s.registerStock(to)
	s.registerListStock(to)
	s.registerSchemas(to)
	s.registerDeadLetters(to)
	s.registerSystem(to)
}

// ServeHTTP answers one request. HEAD is answered as GET; net/http leaves the
// body out.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.Clone(r.Context())
		r.Method = http.MethodGet
	}
	s.router.ServeHTTP(w, r)
}

// Start answers on the listener, which Stop closes.
func (s *Server) Start(listener net.Listener) {
	s.http = telemetry.Serve(listener, s, s.log)
}

// Stop accepts no more and finishes what was accepted: a wait for a final
// status is answered with the status so far, a stream of events ends after the
// event it is at. It cuts what isn't done when ctx ends, and returns an error.
func (s *Server) Stop(ctx context.Context) error {
	if s.http == nil {
		return errors.New("stop the gateway: it was never started")
	}
	s.close()
	return s.http.Stop(ctx)
}

// until is ctx, ended early by Stop.
func (s *Server) until(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.closing, cancel)
	return ctx, func() { stop(); cancel() }
}
