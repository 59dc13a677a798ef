package faults_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/audit"
	"makegood/order"
	"makegood/tests/harness"
)

// felled is an order that was terminated, and its story at that time.
type felled struct {
	journey
	id    order.ID
	point int64
	story order.Story
}

// Each kind of order is terminated at each point of its history, while the
// audit goes round: within a minute it is made good, the terminated ones also
// if their unwinding is terminated, and a reset changes nothing of that.
func TestAnOrderThatIsTerminatedAtAnyPointIsMadeGood(t *testing.T) {
	t.Parallel()
	s := watched(t, harness.Setting("AUDIT_EVERY", "5s"))
	f := feller{System: s}
	histories := undisturbed(t, s)
	began := time.Now()
	f.fellAll(t, histories)
	last := time.Now()
	for _, order := range f.felled {
		s.Final(t, order.id)
	}
	took := time.Since(last)
	t.Logf("%d orders were terminated within %s, at %d different points; the last was made good %s later; %d unwindings were terminated",
		len(f.felled), last.Sub(began).Round(time.Second), len(f.points), took.Round(time.Millisecond), f.unwindings)
	require.Less(t, took, time.Minute)
	require.NotZero(t, f.unwindings)

	books, err := s.Books(t.Context())
	require.NoError(t, err)
	for _, order := range f.felled {
		order.endsAsItHadTo(t, s, len(books.Of(order.id).Parcels) > 0)
	}
	s.RequireSound(t)
	t.Run("and then reset", func(t *testing.T) { f.resetAll(t) })
	s.RequireSound(t)
	requireNoneShippedAndRefunded(t, s)
	audits, err := s.Listed(t.Context(), "WorkflowType = '"+audit.Workflow+"' AND ExecutionStatus = 'Completed'")
	require.NoError(t, err)
	require.NotEmpty(t, audits)
	audits, err = s.Listed(t.Context(), "WorkflowType = '"+audit.Workflow+"' AND ExecutionStatus NOT IN ('Running', 'Completed')")
	require.NoError(t, err)
	require.Empty(t, audits)
}

// endsAsItHadTo holds the order against what was recorded when it was
// terminated: it goes on as it had turned, and turns if it had not.
func (f felled) endsAsItHadTo(t *testing.T, s *harness.System, parcel bool) {
	t.Helper()
	status, reason := order.Cancelled, order.Terminated
	switch {
	case parcel:
		status, reason = order.Completed, ""
	case f.story.Turned && f.story.Reason == order.CancelledByShop:
		reason = order.CancelledByShop
	case f.story.Turned:
		status, reason = order.Rejected, f.story.Reason
	}
	o := s.Final(t, f.id)
	require.Equal(t, status, o.Status, "%s: %s, terminated at %d", f.id, f.name, f.point)
	require.Equal(t, reason, o.Reason, "%s: %s, terminated at %d", f.id, f.name, f.point)
	require.False(t, f.story.Forward && !parcel, "%s was shipped without a parcel", f.id)
}

// resetAll resets what was terminated and unwound to its first task.
func (f *feller) resetAll(t *testing.T) {
	r := resetter{System: f.System}
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(atOnce)
	for _, order := range f.felled {
		group.Go(func() error { return r.unwound(ctx, order.journey, order.id) })
	}
	require.NoError(t, group.Wait())
	t.Logf("%d of them were reset after that", r.ended.Load())
	require.NotZero(t, r.ended.Load())
}
