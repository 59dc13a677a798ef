package stock_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// The master that has the stock dies while orders are placed, and its replica
// takes over without the last writes that had been acknowledged. No more is
// oversold than those were; the audit names each order, and mends the books.
func TestAMasterThatDiesLosesWhatItHadNotReplicated(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.OwnRedisCluster(), harness.Setting("ATTENTION_AFTER", "2s"), harness.Setting("LOG_LEVEL", "info"))
	r := newRush(t, s, 150)
	var clients errgroup.Group
	for c := range 6 {
		clients.Go(func() error { return r.client(t.Context(), c) })
	}

	// What has reached the replica by now outlives the master.
	r.until(t, 20)
	settled := r.within(time.Time{}, time.Now())
	f := failureOf(t, s.RedisCluster)
	f.replicate(t)
	f.sever(t)
	severed := time.Now()
	stuck := r.stuck(t, 5)
	r.until(t, len(r.all())+6+10) // six of them may have begun before
	f.killMaster(t)
	killed := time.Now()
	f.takeOver(t)
	require.NoError(t, clients.Wait())
	for _, id := range stuck {
		require.NoError(t, s.EndFault(t.Context(), id))
	}

	waiting := r.atRest(t)
	// So does one that was between its reservation and its commit.
	require.Subset(t, waiting, stuck, "what is held for them is lost, and their parcels are on their way")
	books, err := s.Books(t.Context())
	require.NoError(t, err)
	oversold := len(books.Parcels) - r.units
	found, left := stockAudit(t, s)
	require.True(t, left)
	lost := map[order.ID]bool{}
	for _, drift := range found {
		require.Empty(t, drift.SKU, "a script is replicated as a whole, or not: %+v", drift)
		b, known := r.bought(drift.Order)
		require.True(t, known, "%+v", drift)
		require.True(t, b.began.Before(killed), "%+v began when the replica had taken over", drift)
		require.NotContains(t, settled, drift.Order, "%+v had been replicated", drift)
		if drift.Is == "not on record" {
			lost[drift.Order] = true
		}
	}
	t.Logf("%d orders were taken, %d shipped of %d units; the reservations of %d were lost, and %d drifts found", len(r.all()), len(books.Parcels), r.units, len(lost), len(found))
	shipped := r.within(severed, killed)
	require.NotEmpty(t, shipped)
	for _, id := range append(shipped, stuck...) {
		require.Contains(t, lost, id)
	}
	require.Positive(t, oversold, "what was lost is sold again")
	require.LessOrEqual(t, oversold, len(lost))

	mended, left := stockAudit(t, s, "--repair")
	require.False(t, left, "%+v", mended)
	require.Len(t, mended, len(found))
	again, _ := stockAudit(t, s)
	require.Empty(t, again)
	f.restartMaster(t) // as a replica, and nothing comes back with it
	level, err := s.API.Stock(t.Context(), r.sku)
	require.NoError(t, err)
	require.EqualValues(t, -oversold, level.Available)
	_, err = s.API.AdjustStock(t.Context(), r.sku, int64(oversold), "", "bought in, for what was oversold")
	require.NoError(t, err)
	for _, id := range waiting {
		goOn(t, s, id)
		require.Equal(t, order.Completed, s.Final(t, id).Status)
	}
	s.RequireSound(t)
	again, _ = stockAudit(t, s)
	require.Empty(t, again)
	level, err = s.API.Stock(t.Context(), r.sku)
	require.NoError(t, err)
	require.Zero(t, level.OnHand)
	require.Zero(t, level.Held)
}

// goOn has the order try again at once; by itself it would within a minute.
func goOn(t *testing.T, s *harness.System, id order.ID) {
	t.Helper()
	err := harness.Insist(t.Context(), func() error {
		_, err := s.API.Settle(t.Context(), id, client.Word{Action: "retry"})
		return err
	})
	if p := (*client.Problem)(nil); errors.As(err, &p) && p.Status == http.StatusConflict {
		return // it has
	}
	require.NoError(t, err)
}
