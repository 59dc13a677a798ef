package matrix_test

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"

	"makegood/order"
	"makegood/tests/harness"
)

// judge wants the order to have ended as its cell must, and every strike of
// the cell to have struck.
func (s stage) judge(ctx context.Context, c *cell) error {
	id := order.IDFromKey(c.id)
	o, err := s.API.Get(ctx, id)
	if err != nil {
		return err
	}
	var wrong []error
	if status, reason := c.ends(); o.Status != status || o.Reason != reason {
		wrong = append(wrong, fmt.Errorf("it ended %s %s, want %s %s", o.Status, o.Reason, status, reason))
	}
	told := map[order.EventType]bool{}
	for _, h := range o.Timeline {
		told[h.Type] = true
	}
	for event, want := range c.tells() {
		if told[event] != want {
			wrong = append(wrong, fmt.Errorf("%s: told %t, want %t; the timeline is %v", event, told[event], want, o.Timeline))
		}
	}
	m := s.marks(c)
	for _, hit := range c.strikes() {
		if !m.has(hit.name()) && !hit.spare(c) {
			wrong = append(wrong, fmt.Errorf("%s never happened", hit.name()))
		}
	}
	if c.has(dangles) && (!m.has("late") || m.has("late took effect")) {
		wrong = append(wrong, errors.New("a request after its fence did not come, or took effect"))
	}
	if c.has(comesLate) && !m.has("late took effect") {
		wrong = append(wrong, errors.New("a late request did not take effect before its undo"))
	}
	return errors.Join(append(wrong, s.judgeTasks(ctx, c, id))...)
}

// spare tells of a strike that only hits if another one leaves an attempt.
func (s strike) spare(c *cell) bool { return c.has(comesLate) && s.how == fails }

// judgeTasks wants no workflow task to have failed: but for the first one of
// an order that is cancelled while it runs (UnhandledCommand).
func (s stage) judgeTasks(ctx context.Context, c *cell, id order.ID) error {
	history, err := s.History(ctx, id)
	if err != nil {
		return err
	}
	most := 0
	if c.row.isCancel() || c.column == again {
		most = 2
	}
	if n := harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED); n > most {
		return fmt.Errorf("%d workflow tasks failed", n)
	}
	return nil
}
