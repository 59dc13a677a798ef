package faults_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/tests/harness"
)

// Each kind of order is reset to each of its workflow tasks, after it has ended
// and on its way. It tells no other story than the one that it had told.
func TestAnOrderThatIsResetToAnyTaskEndsAsItHadTo(t *testing.T) {
	t.Parallel()
	r := resetter{System: watched(t, harness.Setting("AUDIT_EVERY", "5s"))}
	histories := undisturbed(t, r.System)
	began := time.Now()
	var mu sync.Mutex
	var again []rested
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(atOnce)
	for i, j := range journeys {
		group.Go(func() error {
			ended, err := r.ending(ctx, j, "is reset twice")
			if len(ended.tasks) > 1 {
				mu.Lock()
				defer mu.Unlock()
				again = append(again, ended)
			}
			return err
		})
		for _, task := range some(len(completedTasks(histories[i]))) {
			group.Go(func() error { return r.closed(ctx, j, task) })
			group.Go(func() error { return r.onItsWay(ctx, j, task, 0) })
			if task > 0 {
				group.Go(func() error { return r.onItsWay(ctx, j, task, task) })
			}
		}
	}
	require.NoError(t, group.Wait())
	took := time.Since(began)
	require.NoError(t, r.twice(t.Context(), again))
	t.Logf("%d closed and %d open orders were reset within %s, and %d twice before they recalled", r.ended.Load(), r.open.Load(), took.Round(time.Second), r.again.Load())
	require.NotZero(t, r.open.Load())
	require.NotZero(t, r.again.Load())
	r.RequireSound(t)
	requireNoneShippedAndRefunded(t, r.System)
}
