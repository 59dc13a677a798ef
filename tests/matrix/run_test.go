package matrix_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	enumspb "go.temporal.io/api/enums/v1"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// stage is a system in which cells are played.
type stage struct {
	*harness.System
	dir string
}

// play places the cell's order and sees it through to its end.
func (s stage) play(ctx context.Context, c *cell) error {
	if !c.row.early() {
		if err := s.place(ctx, c); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	id, m := order.IDFromKey(c.id), s.marks(c)
	if c.row.isCancel() && !c.row.early() {
		if err := m.await(ctx, c.row.when); err != nil {
			return err
		}
		if err := s.cancel(ctx, c, id); err != nil {
			return err
		}
		m.set("said")
	}
	if c.needsPerson() {
		if err := s.help(ctx, c, id); err != nil {
			return err
		}
	}
	if c.has(waitsAgain) {
		if err := s.cancelAgain(ctx, c, id); err != nil {
			return err
		}
	}
	return s.awaitEnd(ctx, id)
}

func (s stage) marks(c *cell) marks { return marks{dir: s.dir + "/" + c.id} }

func (s stage) place(ctx context.Context, c *cell) error {
	if err := os.Mkdir(s.dir+"/"+c.id, 0o700); err != nil {
		return err
	}
	request := harness.Sample()
	request.CustomerID, request.Lines[0].SKU = c.id, "SKU-"+c.id
	if c.row.change != nil {
		c.row.change(&request)
	}
	if _, err := s.API.SetStock(ctx, request.Lines[0].SKU, 10, "", "stock of "+c.id); err != nil {
		return err
	}
	return harness.Insist(ctx, func() error {
		_, err := s.API.Place(ctx, request, c.id, 0)
		return err
	})
}

// cancel says it as the row does. Once the carrier has the parcel, and the
// saga knows, only the API can say that it is too late.
func (s stage) cancel(ctx context.Context, c *cell, id order.ID) error {
	if c.row.turn == overWebUI {
		return s.Temporal.CancelWorkflow(ctx, string(id), "")
	}
	err := harness.Insist(ctx, func() error {
		_, err := s.API.Cancel(ctx, id)
		return err
	})
	if c.row.step == order.Commit && len(c.undone) == 0 {
		return wantProblem(err, "already_shipped")
	}
	return err
}

// cancelAgain says it both ways while the last compensation waits.
func (s stage) cancelAgain(ctx context.Context, c *cell, id order.ID) error {
	m := s.marks(c)
	if err := m.await(ctx, "at "+c.last()); err != nil {
		return err
	}
	err := harness.Insist(ctx, func() error {
		_, err := s.API.Cancel(ctx, id)
		return err
	})
	if !c.row.isCancel() {
		err = wantProblem(err, "already_rejected")
	}
	if err := errors.Join(err, s.Temporal.CancelWorkflow(ctx, string(id), "")); err != nil {
		return err
	}
	m.set("said again")
	return nil
}

func wantProblem(err error, name string) error {
	if p := (*client.Problem)(nil); !errors.As(err, &p) || p.Name() != name {
		return fmt.Errorf("the gateway says %w, want the problem %s", err, name)
	}
	return nil
}

// help waits until the order says that it needs a person, and is one.
func (s stage) help(ctx context.Context, c *cell, id order.ID) error {
	err := harness.Await(ctx, patience, func(ctx context.Context) error {
		o, err := s.API.Get(ctx, id)
		if err == nil && o.Status != order.NeedsAttention {
			err = fmt.Errorf("order %s is %s, want needs_attention", id, o.Status)
		}
		return err
	})
	if err != nil {
		return err
	}
	word := client.Word{Action: "retry"}
	switch c.column {
	case retried:
		s.marks(c).set("mended")
	case settled:
		word = client.Word{Action: "settled", Step: order.Refund, By: "ada", Note: "by hand", Reference: c.id}
		if c.row.step == order.Commit {
			word.Step = order.Commit
		}
	default:
		s.marks(c).set("mended") // and it is tried again by itself
		return nil
	}
	err = harness.Insist(ctx, func() error {
		_, err := s.API.Settle(ctx, id, word)
		return err
	})
	if p := (*client.Problem)(nil); errors.As(err, &p) && p.Name() == "nothing_to_settle" && c.column == retried {
		return nil // it was quicker by itself
	}
	return err
}

func (s stage) awaitEnd(ctx context.Context, id order.ID) error {
	return harness.Await(ctx, patience, func(ctx context.Context) error {
		described, err := s.Temporal.DescribeWorkflowExecution(ctx, string(id), "")
		if err == nil && described.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
			err = fmt.Errorf("the workflow of order %s is %s", id, described.GetWorkflowExecutionInfo().GetStatus())
		}
		return err
	})
}
