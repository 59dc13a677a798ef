package payments_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"makegood/order"
)

// Whatever happens to requests and replies, and in whatever order attempts
// come: a step's first definite outcome is heard again, no order is charged
// twice or gets more back than it paid, and once a Refund has settled, nothing
// of the order's money is left with Stripe, ever.
func TestChargeAndRefundKeepTheBooksRight(t *testing.T) {
	w := newWorld(t)
	var number atomic.Int64
	rapid.Check(t, func(r *rapid.T) {
		o := paidWith(rapid.SampledFrom([]string{
			"pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired",
			"pm_sim_slow_3", "pm_sim_slow_undo_3", "pm_sim_fail_1", "pm_sim_fail_undo_2", "pm_sim_lost_1", "pm_sim_lost_undo_1",
		}).Draw(r, "method"))
		o.ID = order.ID(fmt.Sprintf("ord_p%d", number.Add(1)))
		fates := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", "unsent", "lost"}), 0, 12).Draw(r, "fates")
		w.intercept(decide(fates))
		defer w.intercept(nil)

		heard := map[order.Step]order.Outcome{}
		var mu sync.Mutex
		var broken []string
		hear := func(step order.Step, outcome order.Outcome) {
			mu.Lock()
			defer mu.Unlock()
			first, again := heard[step]
			// A charge that took the money is fenced once the money is back.
			undone := first.Amount > 0 && outcome.Reason == order.Fenced
			if again && !undone && !reflect.DeepEqual(first, outcome) {
				broken = append(broken, fmt.Sprintf("%s was %+v and is %+v", step, first, outcome))
			}
			if !again {
				heard[step] = outcome
			}
		}
		for _, attempt := range rapid.SliceOfN(rapid.SampledFrom([]string{"charge", "refund", "both"}), 1, 6).Draw(r, "attempts") {
			var under sync.WaitGroup
			if attempt != "refund" {
				under.Go(func() { w.attempt(order.Charge, w.Charge, o, hear) })
			}
			if attempt != "charge" {
				under.Go(func() { w.attempt(order.Refund, w.Refund, o, hear) })
			}
			under.Wait()
		}

		if len(broken) > 0 {
			r.Fatal(broken)
		}
		w.intercept(nil)
		intents, refunds := w.books(t, o.ID)
		var taken, returned int64
		for _, intent := range intents {
			taken += intent.AmountReceived
		}
		for _, refund := range refunds {
			returned += refund.Amount
		}
		if len(intents) > 1 || len(refunds) > 1 || taken > 2500 || returned > taken {
			r.Fatalf("%d intents took %d, %d refunds returned %d", len(intents), taken, len(refunds), returned)
		}
		if refund, settled := heard[order.Refund]; settled && (taken != returned || refund.Null != (taken == 0)) {
			r.Fatalf("refunded (%+v), and %d of %d are returned", refund, returned, taken)
		}
		if charge, settled := heard[order.Charge]; settled && charge.Reason == "" && taken != 2500 {
			r.Fatalf("charged (%+v), and %d were taken", charge, taken)
		}
	})
}

// attempt makes one attempt of a step and reports it if it settled.
func (w *world) attempt(step order.Step, do func(context.Context, order.Order) (order.Outcome, error), o order.Order, hear func(order.Step, order.Outcome)) {
	outcome, err := do(context.Background(), o)
	var rejection *order.Rejection
	switch {
	case errors.As(err, &rejection):
		hear(step, rejection.Outcome)
	case err == nil:
		hear(step, outcome)
	}
}

// decide gives each request its fate: as if it had never been sent, or as if
// its reply had never come.
func decide(fates []string) func(http.ResponseWriter, *http.Request, http.Handler) bool {
	var next atomic.Int64
	return func(_ http.ResponseWriter, r *http.Request, stripe http.Handler) bool {
		n := int(next.Add(1)) - 1
		if n >= len(fates) || fates[n] == "" {
			return false
		}
		if fates[n] == "lost" {
			stripe.ServeHTTP(httptest.NewRecorder(), r)
		}
		panic(http.ErrAbortHandler)
	}
}
