package harness

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"makegood/invariants"
	"makegood/order"
)

// Violations reads the books and returns what in them contradicts an
// invariant. While orders are open it tells only what can't be right at any
// moment.
func (s *System) Violations(ctx context.Context) ([]invariants.Violation, error) {
	l, err := s.Ledgers(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the books: %w", err)
	}
	return invariants.Check(l), nil
}

// ending is how long orders may take to end once all works again: a step that
// failed pauses for up to a minute. lag is how far lists may be behind.
const (
	ending = 2 * time.Minute
	lag    = 10 * time.Second
)

// RequireSound waits until every order of the system has ended, with its last
// event heard, and fails the test if the books are not right then. Links and
// servers must work again. An order that was terminated ends once the audit
// has found it: trigger that first.
func (s *System) RequireSound(t testing.TB) {
	t.Helper()
	rest := Await(t.Context(), ending, s.resting)
	sound := Await(t.Context(), lag, func(context.Context) error {
		// A look that began in time may end: thousands of orders take longer.
		ctx, stop := context.WithTimeout(t.Context(), ending)
		defer stop()
		l, err := s.Ledgers(ctx)
		if err != nil {
			return fmt.Errorf("read the books: %w", err)
		}
		l.AtRest = true // what is open or unheard by now is a violation
		return violated(invariants.Check(l))
	})
	if err := errors.Join(rest, sound); err != nil {
		t.Fatal(err)
	}
}

func violated(violations []invariants.Violation) error {
	if len(violations) == 0 {
		return nil
	}
	text := fmt.Sprintf("%d violations", len(violations))
	for _, v := range violations[:min(20, len(violations))] {
		text += "\n  " + v.String()
	}
	return errors.New(text)
}

// openOrders finds the workflows that still have to do with an order.
const openOrders = "ExecutionStatus='Running' AND WorkflowType IN ('Order', 'Unwind')"

// resting returns nil if no order is open and the last event of each was heard.
func (s *System) resting(ctx context.Context) error {
	open, err := s.Listed(ctx, openOrders)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return fmt.Errorf("%d orders are open: %v", len(open), open[:min(10, len(open))])
	}
	ids, err := s.Listed(ctx, "WorkflowType='Order'")
	if err != nil {
		return err
	}
	ended := map[order.ID]bool{}
	for _, d := range s.Heard.All() {
		switch d.Type {
		case order.EventCompleted, order.EventRejected, order.EventCancelled:
			ended[d.Subject] = true
		}
	}
	for _, id := range ids {
		if !ended[id] {
			return fmt.Errorf("nobody heard how order %s ended: %s", id, s.Heard.Story(id))
		}
	}
	return nil
}

// Listed is the workflow ids that a list query finds, as `temporal workflow
// list` would, the newest first; once a run.
func (s *System) Listed(ctx context.Context, query string) ([]order.ID, error) {
	var ids []order.ID
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 1000}
	for {
		answer, err := s.Temporal.ListWorkflow(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", query, err)
		}
		for _, execution := range answer.GetExecutions() {
			ids = append(ids, order.ID(execution.GetExecution().GetWorkflowId()))
		}
		if request.NextPageToken = answer.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return ids, nil
		}
	}
}
