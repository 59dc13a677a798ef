package stock_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/audit"
	"makegood/history"
	"makegood/inventory"
	"makegood/order"
	"makegood/tests/harness"
)

// shelf is the stock of the harness's SKU, past the link.
type shelf struct {
	*harness.System
	stock  *inventory.Stock
	client redis.UniversalClient
}

func newShelf(t *testing.T, s *harness.System, units int64) shelf {
	t.Helper()
	c, err := inventory.Open(s.RedisURL())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, err = s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, units, "", "")
	require.NoError(t, err)
	return shelf{System: s, stock: inventory.New(c, inventory.Config{Namespace: s.Namespace}), client: c}
}

func (s shelf) is(t *testing.T, onHand, held int64) {
	t.Helper()
	level, err := s.stock.Level(t.Context(), harness.Sample().Lines[0].SKU)
	require.NoError(t, err)
	require.Equal(t, [2]int64{onHand, held}, [2]int64{level.OnHand, level.Held}, "on hand, held")
}

// lateDoesNothing does what an activity of the order would that was held up
// until now.
func (s shelf) lateDoesNothing(t *testing.T, o order.Order) {
	t.Helper()
	before, err := s.stock.Level(t.Context(), o.Lines[0].SKU)
	require.NoError(t, err)
	first, err := s.stock.Release(t.Context(), o)
	require.NoError(t, err)
	for range 2 {
		var refused *order.Rejection
		_, err = s.stock.Reserve(t.Context(), o)
		require.ErrorAs(t, err, &refused)
		require.Equal(t, order.Fenced, refused.Outcome.Reason)
		_, err = s.stock.Commit(t.Context(), o)
		require.ErrorIs(t, err, inventory.ErrNotHeld)
		again, err := s.stock.Release(t.Context(), o)
		require.NoError(t, err)
		require.Equal(t, first, again, "the first outcome")
	}
	s.is(t, before.OnHand, before.Held)
}

// An order is terminated, as the Web UI does it, while it holds units, or is
// about to: they come back once, and what is late of it does nothing.
func TestATerminatedOrderGivesItsUnitsBackOnce(t *testing.T) {
	t.Parallel()
	s := newShelf(t, harness.New(t, harness.Setting("AUDIT_EVERY", "2s")), 10)
	rows := []struct {
		name   string
		change func(*order.Request)
		at     order.Status
		held   int64
		told   string
	}{
		{"while it holds them", func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_60000" }, order.Reserved, 2,
			"order.placed payment.charged stock.reserved stock.released payment.refunded order.cancelled"},
		{"before it does", func(r *order.Request) { r.PaymentMethod = "pm_sim_slow_60000" }, order.Placed, 0, "order.placed order.cancelled"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			request := harness.Sample()
			row.change(&request)
			placed, err := s.API.Place(t.Context(), request, "", 0)
			require.NoError(t, err)
			status(t, s.System, placed.ID, row.at)
			s.is(t, 10, row.held)
			require.NoError(t, s.Temporal.TerminateWorkflow(t.Context(), string(placed.ID), "", "by a test"))
			o := s.Final(t, placed.ID)
			require.Equal(t, order.Cancelled, o.Status)
			require.Equal(t, order.Terminated, o.Reason)
			s.is(t, 10, 0)
			s.Heard.Until(t, placed.ID, order.EventCancelled)
			require.Equal(t, row.told, toldOnce(s.Heard.Of(placed.ID)))

			recorded, err := history.Read(t.Context(), s.Temporal, placed.ID)
			require.NoError(t, err)
			s.lateDoesNothing(t, recorded.Order)
		})
	}
	found, _ := stockAudit(t, s.System)
	require.Empty(t, found)
	s.is(t, 10, 0)
	s.RequireSound(t)
}

// toldOnce is the types of the events, without those that came again.
func toldOnce(heard []harness.Delivery) string {
	var types []string
	seen := map[string]bool{}
	for _, d := range heard {
		if !seen[d.ID] {
			seen[d.ID] = true
			types = append(types, string(d.Type))
		}
	}
	return strings.Join(types, " ")
}

// Temporal knows nothing of an order that holds units: after ten minutes the
// audit gives them back, without being told to repair anything.
func TestTheAuditFreesWhatNobodyKnows(t *testing.T) {
	t.Parallel()
	s := newShelf(t, harness.New(t), 10)
	o := order.Order{ID: order.IDFromKey("unknown"), PlacedAt: time.Now().UTC(), Request: harness.Sample()}
	_, err := s.stock.Reserve(t.Context(), o)
	require.NoError(t, err)
	found, _ := stockAudit(t, s.System)
	require.Empty(t, found, "it is young, and its workflow may be about to start")
	s.is(t, 10, 2)

	s.age(t, o.ID, 9*time.Minute)
	found, _ = stockAudit(t, s.System)
	require.Empty(t, found)
	s.is(t, 10, 2)

	s.age(t, o.ID, 2*time.Minute)
	_, left := stockAudit(t, s.System)
	require.True(t, left, "it names it, and says that nobody at all is known")
	placed, err := s.API.Place(t.Context(), harness.Sample(), "known", time.Minute)
	require.NoError(t, err)
	s.Closed(t, placed.ID)
	lost := audit.Drift{Order: o.ID, Is: "held", Due: "released"}
	found, left = stockAudit(t, s.System)
	require.True(t, left)
	require.Equal(t, []audit.Drift{lost}, found)
	s.is(t, 8, 2)

	found, left = stockAudit(t, s.System, "--repair")
	require.False(t, left)
	lost.Mended = true
	require.Equal(t, []audit.Drift{lost}, found)
	s.is(t, 8, 0)
	s.lateDoesNothing(t, o)
	found, _ = stockAudit(t, s.System)
	require.Empty(t, found)
	s.RequireSound(t)
}

// age makes a hold older.
func (s shelf) age(t *testing.T, id order.ID, by time.Duration) {
	t.Helper()
	holds := inventory.KeyPrefix(s.Namespace) + "holds"
	require.NoError(t, s.client.HIncrBy(t.Context(), holds, string(id), -by.Milliseconds()).Err())
}

// status waits until the order has it.
func status(t *testing.T, s *harness.System, id order.ID, want order.Status) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		o, err := s.API.Get(ctx, id)
		if err == nil && o.Status != want {
			err = fmt.Errorf("order %s is %s, not yet %s", id, o.Status, want)
		}
		return err
	})
}
