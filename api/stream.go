package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"makegood/events"
	"makegood/history"
	"makegood/order"
)

const streamRoute = "/v1/orders/:id/events"

// streams tells whether answers to the route last for as long as the client
// likes: such have no duration, and no span.
func streams(route string) bool { return route == streamRoute || route == watchAllRoute }

type streamInput struct {
	ID          order.ID `path:"id"`
	LastEventID int      `header:"Last-Event-ID" minimum:"0" doc:"Resume after this sequence"`
}

func (s *Server) registerStream(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "watch-order", Method: http.MethodGet, Path: "/v1/orders/{id}/events",
		Summary: "An order's events, live", Tags: []string{"orders"},
		Description: "Server-sent events from the first on, or after Last-Event-ID: id is the sequence, data the CloudEvents JSON. " +
			"Ends after the terminal event. 204, which ends an EventSource for good, when nothing will follow.",
		Responses: map[string]*huma.Response{
			"200": {Description: "The stream", Content: eventStream},
			"204": {Description: "Every event of a finished order was seen"},
		},
		Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, s.watch)
}

func (s *Server) watch(ctx context.Context, in *streamInput) (*huma.StreamResponse, error) {
	recorded, err := s.read(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if recorded.Story().Status.Final() && len(recorded.Story().Timeline) <= in.LastEventID {
		return &huma.StreamResponse{Body: func(c huma.Context) { c.SetStatus(http.StatusNoContent) }}, nil
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		s.stream(humagin.Unwrap(c), in.ID, in.LastEventID)
	}}, nil
}

// stream writes the order's events after the given sequence as they are
// recorded, until the terminal one, the client's leave or Stop.
func (s *Server) stream(c *gin.Context, id order.ID, after int) {
	ctx, stop := s.until(c.Request.Context())
	defer stop()
	sendFrames(ctx, c, s.follow(ctx, id), func(recorded history.Recorded) (text string, ok bool) {
		timeline := recorded.Story().Timeline
		text, err := frames(recorded.Order, timeline[min(after, len(timeline)):])
		if err != nil {
			s.log.ErrorContext(ctx, "stream ended", "order_id", id, "error", err)
		}
		after = max(after, len(timeline))
		return text, err == nil
	})
}

// follow reads the order's history until it has ended or ctx has; then it
// closes the channel.
func (s *Server) follow(ctx context.Context, id order.ID) <-chan history.Recorded {
	stories := make(chan history.Recorded)
	go func() {
		defer close(stories)
		_, err := history.Follow(ctx, s.temporal, id, func(r history.Recorded) bool {
			select {
			case stories <- r:
				return r.Story().Status.Final()
			case <-ctx.Done():
				return true
			}
		})
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "stream ended early", "order_id", id, "error", err)
		}
	}()
	return stories
}

func frames(o order.Order, entries []order.Entry) (string, error) {
	announced, err := events.Of(o, entries)
	if err != nil {
		return "", err
	}
	text := ""
	for _, event := range announced {
		text += fmt.Sprintf("id: %d\ndata: %s\n\n", event.Sequence, event.Body)
	}
	return text, nil
}
