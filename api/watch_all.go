package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"makegood/events"
	"makegood/events/feed"
	"makegood/order"
)

const watchAllRoute = "/v1/events"

// feedTimeout is how long the broker may take until it sends.
const feedTimeout = 10 * time.Second

type watchAllInput struct {
	Type        []order.EventType `query:"type" enum:"order.placed,payment.charged,payment.declined,payment.refunded,stock.reserved,stock.rejected,stock.released,shipment.scheduled,shipment.rejected,order.needs_attention,compensation.settled,order.completed,order.rejected,order.cancelled" doc:"Only events of these types, separated by commas"`
	OrderID     order.ID          `query:"order_id" maxLength:"100" doc:"Only events of this order"`
	CustomerID  string            `query:"customer_id" maxLength:"255" doc:"Only events of this customer's orders"`
	LastEventID string            `header:"Last-Event-ID" maxLength:"50" doc:"Go on after this id, of any stream of this broker. Without it, from now on"`
}

// Resolve sees what huma overlooks: an unknown parameter, or one given twice.
func (*watchAllInput) Resolve(ctx huma.Context) []error { return checkQuery(ctx) }

// wants is the filter of the stream.
func (in *watchAllInput) wants(e events.Event) bool {
	if len(in.Type) > 0 && !slices.Contains(in.Type, e.Type) || in.OrderID != "" && e.Subject != in.OrderID {
		return false
	}
	if in.CustomerID == "" {
		return true
	}
	said, err := events.DataOf(e)
	return err == nil && said.CustomerID == in.CustomerID
}

func (s *Server) registerWatchAll(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "watch-events", Method: http.MethodGet, Path: watchAllRoute,
		Summary: "Every order's events, live", Tags: []string{"events"},
		Description: "Server-sent events as the broker confirmed them, from now on, or after Last-Event-ID: id is the event's place in the broker's record, " +
			"data the CloudEvents JSON. An event that was published again comes again, under its own id in the data. " +
			"It never ends by itself. It waits through an outage of the broker; a client that falls a thousand events behind is cut off, and misses nothing if it comes again with Last-Event-ID. " +
			"Read from the stream makegood.audit, or the Redis stream under EVENT_TRANSPORT=redis; 503 while the broker doesn't answer, and under EVENT_AUDIT=off.",
		Responses: map[string]*huma.Response{"200": {Description: "The stream", Content: eventStream}},
		Errors:    []int{http.StatusServiceUnavailable},
	}, s.watchAll)
}

func (s *Server) watchAll(ctx context.Context, in *watchAllInput) (*huma.StreamResponse, error) {
	if s.cfg.Feed == nil {
		return nil, problem(unavailable, "this gateway reads no events")
	}
	ctx, stop := context.WithTimeout(ctx, feedTimeout)
	defer stop()
	watcher, err := s.cfg.Feed.Watch(ctx, in.LastEventID, in.wants)
	switch {
	case errors.Is(err, events.ErrPosition):
		return nil, invalidFields(FieldProblem{Field: "Last-Event-ID", Message: "must be an id that this stream gave"})
	case errors.Is(err, feed.ErrBusy):
		return nil, problem(unavailable, "too many clients read what is older; try again").again()
	case err != nil:
		return nil, problem(unavailable, "the broker's record of events doesn't answer; try again").because(err).again()
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer watcher.Leave()
		s.streamAll(humagin.Unwrap(c), watcher)
	}}, nil
}

// lines writes a body of several lines, as a foreign publisher's may be.
var lines = strings.NewReplacer("\r\n", "\ndata: ", "\n", "\ndata: ", "\r", "\ndata: ")

func (s *Server) streamAll(c *gin.Context, watcher *feed.Watcher) {
	ctx, stop := s.until(c.Request.Context())
	defer stop()
	ended := sendFrames(ctx, c, watcher.Entries(), func(e events.Entry) (text string, ok bool) {
		return fmt.Sprintf("id: %s\ndata: %s\n\n", e.Position, lines.Replace(string(e.Body))), true
	})
	if ended {
		s.log.Info("stream of all events cut", "error", watcher.Err(), requestIDKey, c.GetString(requestIDKey))
	}
}
