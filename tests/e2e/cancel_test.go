package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"makegood/order"
	"makegood/tests/harness"
)

// A provider that hangs leaves nothing to refund unless it took the money in
// the end.
var (
	hanging = scenario{
		history: "hanging", change: func(r *order.Request) { r.PaymentMethod = "pm_sim_slow_8000" },
		status: order.Cancelled, reason: order.CancelledByShop,
		events: "order.placed order.cancelled",
	}
	paidUnheard = scenario{
		history: "paid-unheard", change: func(r *order.Request) { r.PaymentMethod = "pm_sim_slow_1500" },
		status: order.Cancelled, reason: order.CancelledByShop,
		events: "order.placed payment.refunded order.cancelled",
		mails:  []string{refund}, taken: 2500, returned: 2500,
	}
)

func TestCancelWhileThePaymentProviderHangs(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	overTheUI := func(t *testing.T, s *harness.System, id order.ID) {
		require.NoError(t, s.Temporal.CancelWorkflow(t.Context(), string(id), ""))
	}
	ways := map[string]struct {
		cancel func(*testing.T, *harness.System, order.ID)
		when   func(*testing.T, *harness.System, order.ID)
		failed int // workflow tasks that may fail
	}{
		"over the API while the lane runs":  {cancel, intentMade, 1},
		"over the API after the lane":       {cancel, laneOver, 0},
		"in the Web UI while the lane runs": {overTheUI, intentMade, 1},
		"in the Web UI after the lane":      {overTheUI, laneOver, 0},
	}
	orders := make(chan placed, len(ways))
	t.Run("cancel", func(t *testing.T) {
		for name, c := range ways {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				o := placeAs(t, s, hanging, name)
				c.when(t, s, o.ID)
				c.cancel(t, s, o.ID)
				history := s.Closed(t, o.ID)
				require.LessOrEqual(t, harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED), c.failed)
				hanging.check(t, s, o)
				orders <- o
			})
		}
	})
	close(orders)
	// The confirms that hung come to their end now, each refused by its fence.
	harness.Eventually(t, func(ctx context.Context) error {
		refused, err := s.Simulated(ctx, "stripe", http.StatusBadRequest)
		if err == nil && refused < len(ways) {
			err = fmt.Errorf("%d of %d late confirms are refused", refused, len(ways))
		}
		return err
	})
	for o := range orders {
		hanging.check(t, s, o)
	}
}

// The provider takes the money and nobody hears of it: its answers are held.
func TestCancelWhileThePaymentProviderTakesTheMoney(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	o := placeAs(t, s, paidUnheard, "paid-unheard")
	intentMade(t, s, o.ID)
	s.ToSimulators.HoldReplies()
	harness.Eventually(t, func(ctx context.Context) error {
		books, err := s.Books(ctx)
		if taken := books.Of(o.ID).Taken(); err == nil && taken == 0 {
			err = fmt.Errorf("order %s: nothing is taken", o.ID)
		}
		return err
	})
	seen, err := s.API.Get(t.Context(), o.ID)
	require.NoError(t, err)
	require.Equal(t, order.Placed, seen.Status)

	cancel(t, s, o.ID)
	cancel(t, s, o.ID) // again is the same
	s.ToSimulators.Mend(t.Context())

	s.Closed(t, o.ID)
	paidUnheard.check(t, s, o)
}

// intentMade waits until the provider knows of the order: its confirm follows.
func intentMade(t *testing.T, s *harness.System, id order.ID) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		books, err := s.Books(ctx)
		if err == nil && len(books.Of(id).Intents) == 0 {
			err = fmt.Errorf("order %s has no intent", id)
		}
		return err
	})
}

// laneOver waits until the charge goes on as a regular activity.
func laneOver(t *testing.T, s *harness.System, id order.ID) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		history, err := s.History(ctx, id)
		if err == nil && harness.Count(history, enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) == 0 {
			err = fmt.Errorf("order %s is still in its lane", id)
		}
		return err
	})
}
