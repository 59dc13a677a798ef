package rollout_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

// A shop goes on selling while its first version is deployed, while a second one
// that can't read the first one's orders takes its place, and while that is
// rolled back.
func TestRollout(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart(), harness.Setting("AUDIT_EVERY", "1s"))
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, 10_000, "", "")
	require.NoError(t, err)
	require.NoError(t, s.Worker.Stop()) // which has no version
	before, after := sides(t, s, "worker")

	firstDeploy(t, s, before)
	shop := open(t, s)
	rounds := 1
	if long {
		rounds = 5
	}
	for range rounds {
		held := hold(t, s, 3)
		requireRanOn(t, s, before.build, held...)
		cannotGoOn(t, after, held[0])

		ramp(t, s, before, after)
		require.Contains(t, after.does(t, "promote"), "new orders go to build "+after.build)
		takenOver(t, s, before, after, held)

		// The rollback: the old binary's word, for the new one's orders end on it.
		held = hold(t, s, 3)
		requireRanOn(t, s, after.build, held...)
		require.Contains(t, before.does(t, "promote"), "new orders go to build "+before.build)
		takenOver(t, s, after, before, held)
	}

	sold := shop()
	t.Logf("%d orders were sold meanwhile", len(sold))
	for _, id := range sold {
		r := howRan(t, s, id)
		require.Len(t, r.builds, 1, "order %s", id)
		require.Zero(t, r.failed, "order %s", id)
	}
	s.RequireSound(t)
}

// firstDeploy finds out that nothing comes to workers whom nobody promoted.
func firstDeploy(t *testing.T, s *harness.System, first side) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		said, err := first.Readiness(ctx)
		if err != nil {
			return err
		}
		const advice = "makegood deploy promote"
		if said.Status != "degraded" || !strings.Contains(fmt.Sprint(said.Checks), advice) || !strings.Contains(first.Log(), advice) {
			return fmt.Errorf("it says %+v", said)
		}
		return nil
	})
	waiting, err := s.API.Place(t.Context(), harness.Sample(), "", 0)
	require.NoError(t, err)
	require.Empty(t, howRan(t, s, waiting.ID).builds)

	first.does(t, "promote")
	require.Equal(t, order.Completed, s.Final(t, waiting.ID).Status)
	requireRanOn(t, s, first.build, waiting.ID)
}

// open has customers who buy one order after the other until the function that it
// returns is called, which returns what they bought.
func open(t *testing.T, s *harness.System) func() []order.ID {
	t.Helper()
	ctx, shut := context.WithCancel(t.Context())
	sold := make(chan order.ID, 100_000)
	var customers errgroup.Group
	for range 2 {
		customers.Go(func() error {
			for ctx.Err() == nil {
				placed, err := s.API.Place(t.Context(), harness.Sample(), "", 30*time.Second)
				if err != nil {
					return err
				}
				if placed.Status != order.Completed {
					return fmt.Errorf("order %s is %s", placed.ID, placed.Status)
				}
				sold <- placed.ID
			}
			return nil
		})
	}
	return func() (ids []order.ID) {
		shut()
		require.NoError(t, customers.Wait())
		close(sold)
		for id := range sold {
			ids = append(ids, id)
		}
		return ids
	}
}

// cannotGoOn makes sure that the test is one: the order would break.
func cannotGoOn(t *testing.T, after side, id order.ID) {
	t.Helper()
	harness.Eventually(t, func(context.Context) error { // which waits for Temporal to list it
		out, _, code := after.tries(t, "replay", "--query", fmt.Sprintf("WorkflowId = '%s'", id))
		if code != 1 {
			return fmt.Errorf("it replays: %s", out)
		}
		require.Contains(t, out, "TMPRL1100")
		return nil
	})
}

// ramp sends a part of the new orders to the new version, until both were seen.
func ramp(t *testing.T, s *harness.System, before, after side) {
	t.Helper()
	require.Contains(t, after.does(t, "ramp", "40"), "40% of new orders go to build "+after.build)
	seen := after.sees(t)
	require.Equal(t, "current", seen[before.build].State)
	require.InDelta(t, 60, seen[before.build].NewOrders, 0.01)
	require.Equal(t, "ramping", seen[after.build].State)
	require.InDelta(t, 40, seen[after.build].NewOrders, 0.01)
	on := map[string]int{}
	harness.Eventually(t, func(context.Context) error {
		r := howRan(t, s, buy(t, s.API))
		require.Len(t, r.builds, 1)
		if on[r.builds[0]]++; len(on) < 2 {
			return fmt.Errorf("all orders went to %v", on)
		}
		return nil
	})
	// Either side ends it, and says so again without harm.
	before.does(t, "promote")
	require.Zero(t, before.sees(t)[after.build].NewOrders)
	after.does(t, "ramp", "40")
	for range 2 {
		require.Contains(t, after.does(t, "ramp", "0"), "the ramp is over")
	}
	// A ramp to workers that have no version, which Temporal's own CLI sets.
	_, err := s.Temporal.WorkerDeploymentClient().GetHandle(deployment).SetRampingVersion(t.Context(), client.WorkerDeploymentSetRampingVersionOptions{Percentage: 25})
	require.NoError(t, err)
	require.EqualValues(t, 25, before.sees(t)[""].NewOrders)
	before.does(t, "promote")
	require.Zero(t, before.sees(t)[""].NewOrders)
	requireRanOn(t, s, before.build, buy(t, s.API), buy(t, s.API), buy(t, s.API))
}

// takenOver wants new orders and audits on one side, and what was open to end on
// the other, well or cancelled.
func takenOver(t *testing.T, s *harness.System, from, to side, held []order.ID) {
	t.Helper()
	requireRanOn(t, s, to.build, buy(t, s.API), buy(t, s.API), buy(t, s.API))
	require.Equal(t, "current", to.sees(t)[to.build].State)
	harness.Eventually(t, func(context.Context) error { // Temporal's list lags behind
		if old := to.sees(t)[from.build]; old.State != "draining" || old.Open < len(held) {
			return fmt.Errorf("what it took over from is %+v", old)
		}
		return nil
	})

	_, err := s.API.Cancel(t.Context(), held[0])
	require.NoError(t, err)
	release(t, s, held[1:]...)
	require.Equal(t, order.Cancelled, s.Final(t, held[0]).Status)
	for _, id := range held[1:] {
		require.Equal(t, order.Completed, s.Final(t, id).Status)
	}
	requireRanOn(t, s, from.build, held...)
	harness.Eventually(t, func(ctx context.Context) error {
		audits, err := s.Listed(ctx, fmt.Sprintf("WorkflowType = 'Audit' AND ExecutionStatus = 'Completed' AND TemporalWorkerDeploymentVersion = '%s:%s'", deployment, to.build))
		if err == nil && len(audits) == 0 {
			err = fmt.Errorf("no audit has run on build %s", to.build)
		}
		return err
	})
}
