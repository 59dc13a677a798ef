package replay_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"makegood/audit"
	"makegood/history"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/workflows"
)

// kind is a way that orders of a crowd go.
type kind struct {
	change func(*order.Request)
	// happens, if set, is done to each once it is placed.
	happens func(context.Context, *harness.System, order.ID) error
	open    bool // still, when all others have ended
	n       int
}

// The crowd has an order of every kind that leaves a history of its own.
var kinds = map[string]kind{
	"shipped":       {n: 80, change: func(*order.Request) {}},
	"free":          {n: 20, change: func(r *order.Request) { r.Lines[0].UnitPrice = 0 }},
	"declined":      {n: 30, change: func(r *order.Request) { r.PaymentMethod = "pm_card_chargeDeclined" }},
	"sold-out":      {n: 30, change: func(r *order.Request) { r.Lines[0].Quantity, r.Lines[0].UnitPrice = 100_000, 1 }},
	"undeliverable": {n: 30, change: func(r *order.Request) { r.ShippingAddress.PostalCode = "00000" }},
	"failed-twice":  {n: 15, change: func(r *order.Request) { r.PaymentMethod = "pm_sim_fail_2" }},
	"lost-twice":    {n: 15, change: func(r *order.Request) { r.ShippingAddress.Line1 = "sim:lost_2" }},
	"slow":          {n: 15, change: func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_1500" }},
	"too-slow":      {n: 10, change: func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_20000" }},
	"cancelled":     {n: 20, change: func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_10000" }, happens: cancel},
	"terminated":    {n: 10, change: func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_10000" }, happens: terminate},
	"reset":         {n: 10, change: func(r *order.Request) { r.ShippingAddress.PostalCode = "00000" }, happens: reset},
	"settled":       {n: 10, change: refuseRefund, happens: settle},
	"waiting":       {n: 10, change: refuseRefund, open: true},
}

func refuseRefund(r *order.Request) {
	r.PaymentMethod, r.ShippingAddress.PostalCode = "pm_sim_refuse_undo", "00000"
}

// crowd places every kind and waits until those have ended that do.
func crowd(t *testing.T, s *harness.System) (ids []order.ID, open int) {
	t.Helper()
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, 10_000, "", "")
	require.NoError(t, err)
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(10)
	placed := make(chan order.ID, 1000)
	for name, k := range kinds {
		if k.open {
			open += k.n
		}
		for i := range k.n {
			group.Go(func() error {
				id, err := place(ctx, s, name, i, k)
				placed <- id
				if err != nil {
					return fmt.Errorf("%s order %d: %w", name, i, err)
				}
				return nil
			})
		}
	}
	require.NoError(t, group.Wait())
	close(placed)
	for id := range placed {
		ids = append(ids, id)
	}
	require.NoError(t, s.Temporal.ScheduleClient().GetHandle(t.Context(), audit.ScheduleID).Trigger(t.Context(), client.ScheduleTriggerOptions{}))
	awaitOpen(t, s, open)
	slices.Sort(ids)
	return ids, open
}

// awaitOpen waits until so many orders are open.
func awaitOpen(t *testing.T, s *harness.System, open int) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		left, err := s.Listed(ctx, "ExecutionStatus = 'Running' AND WorkflowType IN ('Order', 'Unwind')")
		if err == nil && len(left) != open {
			err = fmt.Errorf("%d orders are open: %v", len(left), left)
		}
		return err
	})
}

// placeUntil places orders that ship, one after the other, until ctx ends.
func placeUntil(ctx context.Context, s *harness.System) (n int) {
	request := harness.Sample()
	request.CustomerID = "cus_more"
	for ctx.Err() == nil {
		if _, err := s.API.Place(ctx, request, "", 0); err == nil {
			n++
		}
	}
	return n
}

func place(ctx context.Context, s *harness.System, name string, i int, k kind) (order.ID, error) {
	request := harness.Sample()
	request.CustomerID = fmt.Sprintf("cus_%s_%d", name, i)
	k.change(&request)
	placed, err := s.API.Place(ctx, request, request.CustomerID, 0)
	if err != nil || k.happens == nil {
		return placed.ID, err
	}
	return placed.ID, k.happens(ctx, s, placed.ID)
}

func cancel(ctx context.Context, s *harness.System, id order.ID) error {
	if err := reaches(ctx, s, id, order.Reserved); err != nil {
		return err
	}
	return harness.Await(ctx, 30*time.Second, func(ctx context.Context) error {
		_, err := s.API.Cancel(ctx, id)
		return err
	})
}

func terminate(ctx context.Context, s *harness.System, id order.ID) error {
	if err := reaches(ctx, s, id, order.Reserved); err != nil {
		return err
	}
	return s.Temporal.TerminateWorkflow(ctx, string(id), "", "a test")
}

// reset goes back to the first workflow task, once the order has ended.
func reset(ctx context.Context, s *harness.System, id order.ID) error {
	if err := reaches(ctx, s, id, order.Rejected); err != nil {
		return err
	}
	_, err := s.Temporal.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: s.Namespace, RequestId: string(id), Reason: "a test",
		WorkflowExecution:         &common.WorkflowExecution{WorkflowId: string(id)},
		WorkflowTaskFinishEventId: 4, // of the first task, in which the lane ran
	})
	return err
}

// settle is refused until it is the refund that waits: on a busy machine the
// release before it may need attention, too.
func settle(ctx context.Context, s *harness.System, id order.ID) error {
	if err := reaches(ctx, s, id, order.NeedsAttention); err != nil {
		return err
	}
	return harness.Await(ctx, 45*time.Second, func(ctx context.Context) error {
		update, err := s.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			WorkflowID: string(id), UpdateName: workflows.SettleUpdate, WaitForStage: client.WorkflowUpdateStageCompleted,
			Args: []any{workflows.Word{Action: workflows.Settled, Step: order.Refund, By: "ada", Note: "paid back by hand", Reference: "tr_1"}},
		})
		if err != nil {
			return err
		}
		return update.Get(ctx, nil)
	})
}

// reaches follows the order's history, which asks less of the server than
// asking the gateway again and again.
func reaches(ctx context.Context, s *harness.System, id order.ID, status order.Status) error {
	ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
	defer cancel()
	is := func(r history.Recorded) bool { return r.Story().Status == status }
	r, err := history.Follow(ctx, s.Temporal, id, is)
	if err == nil && !is(r) {
		err = fmt.Errorf("order %s is %s, not %s", id, r.Story().Status, status)
	}
	return err
}
