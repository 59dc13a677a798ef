package replay_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

func TestReplayOfALiveNamespace(t *testing.T) {
	t.Parallel()
	dir, reserveFirst := t.TempDir(), ""
	var building errgroup.Group
	building.Go(func() (err error) {
		reserveFirst, err = harness.BuildIncompatible(dir)
		return err
	})
	s := harness.New(t,
		harness.Setting("ADMISSION", "off"), harness.Setting("AUDIT_EVERY", "1h"),
		harness.Setting("STEP_DEADLINE", "6s"), harness.Setting("ATTENTION_AFTER", "2s"))
	began := time.Now()
	ids, open := crowd(t, s)
	t.Logf("%d orders of %d kinds took %s", len(ids), len(kinds), time.Since(began).Round(time.Second))

	t.Run("this binary goes on with all of them, also while orders run", func(t *testing.T) {
		busy, rest := context.WithCancel(t.Context())
		more := make(chan int)
		go func() { more <- placeUntil(busy, s) }()
		out, stderr, code := replay(t, harness.Binary(t), s, "--json")
		rest()
		t.Logf("%d orders were placed meanwhile; %s", <-more, out)
		require.Zero(t, code, "%s%s", out, stderr)
		found := summaryOf(t, out)
		require.GreaterOrEqual(t, found.Replayed, len(ids))
		require.GreaterOrEqual(t, found.Open, open)
		require.Zero(t, found.Broken)
	})
	t.Run("it says so in one line", func(t *testing.T) {
		out, stderr, code := replay(t, harness.Binary(t), s, "--query", "CustomerId IN ('cus_shipped_1', 'cus_waiting_1')")
		require.Zero(t, code, stderr)
		require.Equal(t, "histories: 2 replay, 1 of them open\n", out)
		require.Empty(t, stderr)
	})
	t.Run("what closed before a time is left out, and what is open is not", func(t *testing.T) {
		awaitOpen(t, s, open)
		out, stderr, code := replay(t, harness.Binary(t), s, "--since", time.Now().UTC().Format(time.RFC3339Nano), "--query", "WorkflowType = 'Order'")
		require.Zero(t, code, stderr)
		require.Equal(t, fmt.Sprintf("histories: %d replay, %d of them open\n", open, open), out)
	})
	t.Run("a binary that reserves before it charges would break every order that was charged", func(t *testing.T) {
		require.NoError(t, building.Wait())
		out, stderr, code := replay(t, reserveFirst, s, "--json", "--query", "WorkflowType = 'Order' AND CustomerId != 'cus_more'")
		require.Equal(t, 1, code, "%s%s", out, stderr)
		require.Contains(t, stderr, "makegood: workers of this binary would break ")
		require.Equal(t, 1, strings.Count(stderr, "makegood: "), stderr)
		found := summaryOf(t, out)
		var named, charged []order.ID
		for _, b := range brokenIn(t, out) {
			require.Contains(t, b.Reason, "TMPRL1100", "the SDK's own code of a history that does not replay")
			named = append(named, b.WorkflowID)
		}
		for _, id := range ids {
			o, err := s.API.Get(t.Context(), id)
			require.NoError(t, err)
			if o.Total > 0 {
				charged = append(charged, id)
			}
		}
		slices.Sort(named)
		require.Equal(t, charged, slices.Compact(named))
		require.NotZero(t, found.Replayed, "a free order is not charged")

		out, _, code = replay(t, reserveFirst, s, "--query", "CustomerId = 'cus_shipped_1'")
		require.Equal(t, 1, code)
		require.Regexp(t, `^ord_\w+  completed  \[TMPRL1100\] .*\nthe last of them in full: \[TMPRL1100\] .*\nhistories: 0 replay, 0 of them open, 1 would break\n$`, out)
	})
}
