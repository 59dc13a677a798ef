package payments_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/payments"
)

func TestRefundReturnsWhatWasTakenOnceWhateverFailsMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		method      string
		least, most int // failed attempts
	}{
		"when nothing fails":                     {"pm_card_visa", 0, 0},
		"when Stripe fails three times":          {"pm_sim_fail_undo_3", 3, 3},
		"when the reply of the refund is lost":   {"pm_sim_lost_undo_1", 0, 1},
		"when every reply of refunds is lost":    {"pm_sim_lost_undo_always", 1, 1},
		"when the refund takes its time":         {"pm_sim_slow_undo_300", 0, 0},
		"when the refund is pending for a while": {"pm_card_pendingRefund", 1, 1000},
		"when only charging would fail":          {"pm_sim_fail_1", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := paidWith(c.method)
			charge, _ := settle(t, w.Charge, o)
			outcome, failed := settle(t, w.Refund, o)
			require.GreaterOrEqual(t, failed, c.least)
			require.LessOrEqual(t, failed, c.most)

			intents, refunds := w.books(t, o.ID)
			require.Len(t, intents, 1)
			require.Len(t, refunds, 1)
			require.Equal(t, "succeeded", refunds[0].Status)
			require.EqualValues(t, 2500, refunds[0].Amount)
			require.Equal(t, order.Outcome{Step: order.Refund, At: outcome.At, Reference: refunds[0].ID, Amount: 2500}, outcome)
			require.False(t, outcome.At.Before(charge.At))

			again, _ := settle(t, w.Refund, o)
			require.Equal(t, outcome, again)

			late, err := w.Charge(t.Context(), o)
			require.Equal(t, order.Fenced, rejected(t, late, err).Reason)
		})
	}
}

func TestRefundOfWhatNeverWasFencesTheCharge(t *testing.T) {
	for name, method := range map[string]string{
		"at once":                              "pm_card_visa",
		"after a cancellation that failed":     "pm_sim_fail_undo_2",
		"after a cancellation nobody heard of": "pm_sim_lost_undo_1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := paidWith(method)
			outcome, _ := settle(t, w.Refund, o)
			require.True(t, outcome.Null)
			require.WithinDuration(t, time.Now(), outcome.At, 5*time.Second)

			nextSecond(t)
			again, _ := settle(t, w.Refund, o)
			require.Equal(t, outcome, again)

			late, err := w.Charge(t.Context(), o)
			refused := rejected(t, late, err)
			require.Equal(t, order.Fenced, refused.Reason)
			require.Equal(t, outcome.At, refused.At)

			intents, refunds := w.books(t, o.ID)
			require.Len(t, intents, 1)
			require.Equal(t, "canceled", intents[0].Status)
			require.Empty(t, refunds)
		})
	}
}

func TestRefundWhileTheChargeHangsLeavesNothingTaken(t *testing.T) {
	w := newWorld(t)
	o := paidWith("pm_sim_slow_300")
	require.ErrorIs(t, w.hangUpOnConfirm(t, o), context.Canceled)
	outcome, _ := settle(t, w.Refund, o) // before the confirm takes effect, or after it
	var refused *order.Rejection
	require.Eventually(t, func() bool { // once the hanging confirm is through
		_, err := w.Charge(t.Context(), o)
		return errors.As(err, &refused)
	}, 30*time.Second, 20*time.Millisecond)
	require.Equal(t, order.Fenced, refused.Outcome.Reason)
	require.Equal(t, outcome.At, refused.Outcome.At)
	intents, refunds := w.books(t, o.ID)
	require.Len(t, intents, 1)
	var returned int64
	for _, refund := range refunds {
		returned += refund.Amount
	}
	require.Equal(t, intents[0].AmountReceived, returned)
}

func TestRefundThatIsRefusedForGoodIsNeverASuccess(t *testing.T) {
	w := newWorld(t)
	o := paidWith("pm_sim_refuse_undo")
	_, err := w.Charge(t.Context(), o)
	require.NoError(t, err)
	for range 3 {
		outcome, err := w.Refund(t.Context(), o)
		var said *payments.Error
		require.ErrorAs(t, err, &said)
		require.Equal(t, 400, said.Status)
		require.Zero(t, outcome)
	}
	_, refunds := w.books(t, o.ID)
	require.Empty(t, refunds)
}

func TestRefundThatFailedAsksForAPersonAndIsNotMadeAgain(t *testing.T) {
	w := newWorld(t)
	w.intercept(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if strings.HasSuffix(r.URL.Path, "/refunds") {
			r.Header.Del("Idempotency-Key") // as if Stripe had forgotten it
		}
		return false
	})
	o := paidWith("pm_card_refundFail")
	_, err := w.Charge(t.Context(), o)
	require.NoError(t, err)
	_, err = w.Refund(t.Context(), o) // Stripe says succeeded, and learns better later
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err = w.Refund(t.Context(), o)
		return err != nil
	}, 30*time.Second, 20*time.Millisecond)
	require.ErrorContains(t, err, "a person has to look at it")
	_, refunds := w.books(t, o.ID)
	require.Len(t, refunds, 1)
	require.Equal(t, "failed", refunds[0].Status)
}
