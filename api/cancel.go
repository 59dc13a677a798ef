package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"makegood/order"
	"makegood/workflows"
)

const (
	// cancelTimeout keeps the answer within the 2 s that design.md promises.
	cancelTimeout = 1900 * time.Millisecond
	// updateTimeout is how long a worker has to take the cancel. It leaves
	// time to record it without one.
	updateTimeout = 1500 * time.Millisecond
)

type cancelOutput struct{ Body Placed }

func (s *Server) registerCancel(to huma.API) {
	huma.Register(to, huma.Operation{
		OperationID: "cancel-order", Method: http.MethodPost, Path: "/v1/orders/{id}/cancel",
		Summary: "Take an order back", Tags: []string{"orders"}, DefaultStatus: http.StatusAccepted,
		Description: "202 means recorded: the order ends cancelled, or completed if the carrier already had the parcel. " +
			"The same again for an order that is cancelling or cancelled.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
	}, s.cancel)
}

// cancel records that the shop takes the order back. It is safe to retry.
func (s *Server) cancel(ctx context.Context, in *orderInput) (*cancelOutput, error) {
	// A client that hangs up has still asked for it.
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer stop()
	before, err := s.read(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	story := before.Story()
	if err := mayCancel(story); err != nil {
		return nil, err
	}
	// One that turned back will be cancelled. So will one that was ended from
	// outside: the audit turns it back.
	if !story.Turned && !before.Broken {
		if err := s.requestCancel(ctx, in.ID, before.Workflow); err != nil {
			return nil, err
		}
	}
	out := &cancelOutput{Body: Placed{ID: in.ID, Status: story.Status}}
	if after, err := s.read(ctx, in.ID); err == nil { // else it is recorded all the same
		out.Body.Status = after.Story().Status
	}
	return out, nil
}

// mayCancel refuses what the saga's own validator refuses.
func mayCancel(story order.Story) error {
	switch {
	case story.Forward, story.Status == order.Completed:
		return problem(alreadyShipped, "the carrier has the parcel")
	case story.Reason == "", story.Reason == order.CancelledByShop, story.Reason == order.Terminated:
		return nil
	default:
		return problem(alreadyRejected, "the order was refused: "+string(story.Reason))
	}
}

// requestCancel asks the saga, whose word is the last one. If no worker takes
// the request in time, Temporal keeps it until one does.
func (s *Server) requestCancel(ctx context.Context, id order.ID, workflow string) error {
	asking, stop := context.WithTimeout(ctx, updateTimeout)
	defer stop()
	err := s.update(asking, workflow, workflows.CancelUpdate)
	if err == nil || isProblem(err) {
		return err
	}
	s.log.InfoContext(ctx, "no worker took the cancel, leaving it with Temporal", "order_id", id, "error", err)
	err = s.temporal.CancelWorkflow(ctx, workflow, "")
	if isUnknown(err) { // the workflow closed meanwhile
		return s.closedAs(ctx, id)
	}
	if err != nil {
		return fromTemporal(err)
	}
	return nil
}

// closedAs tells whether an order whose workflow closed ended as cancelled.
func (s *Server) closedAs(ctx context.Context, id order.ID) error {
	recorded, err := s.read(ctx, id)
	if err != nil {
		return err
	}
	return mayCancel(recorded.Story())
}
