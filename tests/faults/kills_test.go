package faults_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

// ways are orders that are at different points of their way at any time.
var ways = []struct {
	change func(*order.Request)
	ends   order.Status
}{
	{ships, order.Completed},
	{isDeclined, order.Rejected},
	{isSoldOut, order.Rejected},
	{isUndeliverable, order.Rejected},
	{func(r *order.Request) { r.PaymentMethod = "pm_sim_lost_1" }, order.Completed},
	{func(r *order.Request) { r.PaymentMethod = "pm_sim_slow_700" }, order.Completed},
	{func(r *order.Request) { r.PaymentMethod = "pm_sim_fail_undo_1"; isUndeliverable(r) }, order.Rejected},
	{func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_1200" }, order.Completed},
	{func(r *order.Request) { r.ShippingAddress.Line1 = "sim:lost_2" }, order.Completed},
	{func(r *order.Request) { r.ShippingAddress.Line1 = "sim:fail_1" }, order.Completed},
}

// The only worker is killed again and again, after some more requests of its
// orders have reached the provider each time. It runs alone: it measures time.
func TestOrdersOutliveTheKillsOfTheirWorker(t *testing.T) {
	kills := 8
	if long {
		kills = 20
	}
	s := harness.New(t, harness.Apart(), harness.Setting("ADMISSION", "off"))
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 1000, "", "")
	require.NoError(t, err)

	ends := map[order.ID]order.Status{}
	requests := 0
	var killed time.Time
	for kill := range kills {
		for i, id := range placeMany(t, s, kill, len(ways)) {
			ends[id] = ways[(kill+i)%len(ways)].ends
		}
		requests += 5 + 7*kill%15 // a round's orders need 20 and more
		harness.Eventually(t, func(ctx context.Context) error {
			done, err := s.Simulated(ctx, "stripe", 200)
			if err == nil && done < requests {
				err = fmt.Errorf("the provider has answered %d of %d requests", done, requests)
			}
			return err
		})
		require.NoError(t, s.Worker.Kill())
		killed = time.Now()
		requests, err = s.Simulated(t.Context(), "stripe", 200)
		require.NoError(t, err)
		require.NoError(t, s.Worker.Restart(t.Context()))
	}

	for id, want := range ends {
		require.Equal(t, want, s.Final(t, id).Status, id)
	}
	waited := time.Since(killed)
	t.Logf("all %d orders had ended %s after the last of %d kills", len(ends), waited.Round(time.Millisecond), kills)
	require.Less(t, waited, time.Minute)
	s.RequireSound(t)
}

// placeMany places a round's orders at once, one a way in turn.
func placeMany(t *testing.T, s *harness.System, round, n int) []order.ID {
	t.Helper()
	ids := make([]order.ID, n)
	group, ctx := errgroup.WithContext(t.Context())
	for i := range ids {
		group.Go(func() error {
			request := harness.Sample()
			ways[(round+i)%len(ways)].change(&request)
			placed, err := s.API.Place(ctx, request, fmt.Sprintf("order %d of round %d", i, round), 0)
			ids[i] = placed.ID
			return err
		})
	}
	require.NoError(t, group.Wait())
	return ids
}
