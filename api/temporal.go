package api

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"makegood/history"
	"makegood/order"
	"makegood/telemetry"
	"makegood/workflows"
)

// orderID is the form that order.IDFromKey makes. The ids of other workflows
// in the namespace are no orders.
var orderID = regexp.MustCompile(`^ord_[a-z2-7]{26}$`)

// read returns what the order's history holds, or the problem that it can't.
func (s *Server) read(ctx context.Context, id order.ID) (history.Recorded, error) {
	if !orderID.MatchString(string(id)) {
		return history.Recorded{}, problem(notFound, "there is no such order")
	}
	recorded, err := history.Read(ctx, s.temporal, id)
	if err != nil {
		return history.Recorded{}, fromTemporal(err)
	}
	return recorded, nil
}

// fromTemporal makes a problem of an error of Temporal's.
func fromTemporal(err error) error {
	var (
		unknown   *serviceerror.NotFound
		down      *serviceerror.Unavailable
		slow      *serviceerror.DeadlineExceeded
		exhausted *serviceerror.ResourceExhausted
	)
	switch {
	case errors.As(err, &unknown):
		return problem(notFound, "there is no such order, or it is older than what Temporal keeps")
	case errors.As(err, &down), errors.As(err, &slow), errors.As(err, &exhausted),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return problem(unavailable, "try again").because(err).again()
	default:
		return problem(internal, "").because(err)
	}
}

// isUnknown tells whether Temporal doesn't hold what it was asked for.
func isUnknown(err error) bool {
	var unknown *serviceerror.NotFound
	return errors.As(err, &unknown)
}

// isNotFound tells whether fromTemporal made notFound of the error.
func isNotFound(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == notFound.Status
}

// TemporalCheck reports whether Temporal takes a start with the search
// attributes of an order. Right after they were registered that may take it a
// minute: it caches what it knows.
func TemporalCheck(temporal client.Client) telemetry.Check {
	query := fmt.Sprintf("WorkflowType = '%s' AND %s = '' AND %s = '' AND %s = '' AND %s = -1 AND %s = '-'", workflows.OrderWorkflow,
		workflows.SagaStatus.GetName(), workflows.SagaReason.GetName(), workflows.CustomerID.GetName(), workflows.OrderTotal.GetName(), workflows.OrderSKU.GetName())
	return telemetry.Check{Name: "temporal", Required: true, Probe: func(ctx context.Context) error {
		_, err := temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
		return err
	}}
}
