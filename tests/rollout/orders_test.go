package rollout_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// buy places an order that ships and waits until it has.
func buy(t *testing.T, api *client.Client) order.ID {
	t.Helper()
	placed, err := api.Place(t.Context(), harness.Sample(), "", 30*time.Second)
	require.NoError(t, err)
	require.Equal(t, order.Completed, placed.Status)
	return placed.ID
}

// hold places orders that stay open: the carrier fails until release.
func hold(t *testing.T, s *harness.System, n int) (ids []order.ID) {
	t.Helper()
	request := harness.Sample()
	request.ShippingAddress.Line1 = "sim:fail_always"
	for range n {
		placed, err := s.API.Place(t.Context(), request, "", 0)
		require.NoError(t, err)
		ids = append(ids, placed.ID)
	}
	for _, id := range ids {
		harness.Eventually(t, func(ctx context.Context) error { return shipping(ctx, s, id) })
	}
	return ids
}

// shipping returns nil once the order has left its first task for the carrier.
func shipping(ctx context.Context, s *harness.System, id order.ID) error {
	o, err := s.API.Get(ctx, id)
	if err == nil && o.Status != order.Reserved {
		err = fmt.Errorf("order %s is %s", id, o.Status)
	}
	return err
}

func release(t *testing.T, s *harness.System, ids ...order.ID) {
	t.Helper()
	for _, id := range ids {
		require.NoError(t, s.EndFault(t.Context(), id))
	}
}

// ran is how an order was run.
type ran struct {
	builds []string // of its workflow tasks, each once
	failed int      // workflow tasks
	eager  bool
}

func howRan(t *testing.T, s *harness.System, id order.ID) (r ran) {
	t.Helper()
	history, err := s.History(t.Context(), id)
	require.NoError(t, err)
	r.failed = harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED)
	r.eager = history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetEagerExecutionAccepted()
	for _, event := range history.GetEvents() {
		if task := event.GetWorkflowTaskCompletedEventAttributes(); task != nil {
			r.builds = append(r.builds, task.GetDeploymentVersion().GetBuildId())
		}
	}
	r.builds = slices.Compact(r.builds)
	return r
}

// requireRanOn wants every order on this build alone, and no task that failed.
func requireRanOn(t *testing.T, s *harness.System, build string, ids ...order.ID) {
	t.Helper()
	for _, id := range ids {
		r := howRan(t, s, id)
		require.Equal(t, []string{build}, r.builds, "order %s", id)
		require.Zero(t, r.failed, "order %s", id)
	}
}
