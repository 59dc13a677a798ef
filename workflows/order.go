package workflows

import (
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// Orders is the saga of orders under one Config.
type Orders struct {
	Config Config
	// Metrics hear how orders end. Nil hears nothing.
	Metrics *Metrics
}

// Result is what the workflow returns once the order is final and all of its
// events are confirmed. A rejected or cancelled order is a result, no failure.
type Result struct {
	Status order.Status `json:"status"`
	Reason order.Reason `json:"reason,omitempty"`
}

// Order runs one order to its end: it ships, or everything it touched is made
// good. It has no timeout, and whatever stops it, the next attempt hears the
// first outcome of every step again.
func (w *Orders) Order(ctx workflow.Context, o order.Order) (Result, error) {
	s, err := w.begin(ctx, o, nil)
	if err != nil {
		return Result{}, err
	}
	if !s.cancelled() { // else it was cancelled before this task began
		s.runLane()
	}
	return s.finish()
}

func (w *Orders) begin(ctx workflow.Context, o order.Order, outcomes []order.Outcome) (*saga, error) {
	s := newSaga(ctx, w, o, outcomes)
	if err := s.takeCancels(); err != nil {
		return nil, err
	}
	return s, s.takeWords()
}

// finish takes every step that is left, and ends once the last event is
// confirmed.
func (s *saga) finish() (Result, error) {
	s.describe()
	s.outbox.start(s.steadfast)
	for s.story.Next != "" {
		s.advance()
		s.describe()
	}
	if s.outbox.behind() {
		if err := s.outbox.drain(s.steadfast); err != nil {
			return Result{}, err
		}
		s.describe()
	}
	return Result{Status: s.story.Status, Reason: s.story.Reason}, nil
}

// advance takes the story's next step as a regular activity.
func (s *saga) advance() {
	if s.story.Turned || s.story.Forward {
		s.persist(s.story.Next)
		return
	}
	s.attempt(s.story.Next)
}
