package faults_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/history"
	"makegood/order"
	"makegood/tests/harness"
)

// journey is a kind of order, whose slow providers make most of its steps
// regular activities, and how it ends if nobody ends or resets its workflow.
type journey struct {
	name   string
	change func(*order.Request)
	// does is what somebody does once the order has the status at.
	at   order.Status
	does func(ctx context.Context, s *harness.System, id order.ID) error

	ends   order.Status
	reason order.Reason
}

var journeys = []journey{
	{name: "ships in the lane", ends: order.Completed, change: at("pm_sim_slow_200", "sim:slow_200")},
	{name: "ships slowly", ends: order.Completed, change: at("pm_sim_slow_1200", "sim:slow_1200")},
	{name: "is free", ends: order.Completed, change: func(r *order.Request) {
		r.Lines[0].UnitPrice = 0
		r.ShippingAddress.Line1 = "sim:slow_1200"
	}},
	{name: "is undeliverable", ends: order.Rejected, reason: order.Undeliverable, change: func(r *order.Request) {
		at("pm_sim_slow_undo_1200", "sim:slow_1200")(r)
		isUndeliverable(r)
	}},
	{name: "waits for a person", ends: order.Rejected, reason: order.Undeliverable, change: func(r *order.Request) {
		at("pm_sim_refuse_undo", "sim:slow_1200")(r)
		isUndeliverable(r)
	}},
	{name: "is taken back", ends: order.Cancelled, reason: order.CancelledByShop, change: at("pm_sim_slow_undo_1200", "sim:slow_10000"),
		at: order.Reserved, does: func(ctx context.Context, s *harness.System, id order.ID) error {
			return harness.Insist(ctx, func() error {
				_, err := s.API.Cancel(ctx, id)
				return err
			})
		}},
	{name: "is cancelled while it is undone", ends: order.Rejected, reason: order.Undeliverable, change: func(r *order.Request) {
		at("pm_sim_slow_undo_2000", "1 Main St")(r)
		isUndeliverable(r)
	}, at: order.Compensating, does: func(ctx context.Context, s *harness.System, id order.ID) error {
		return s.Temporal.CancelWorkflow(ctx, string(id), "")
	}},
}

// at is an order at providers with these faults.
func at(payment, carrier string) func(*order.Request) {
	return func(r *order.Request) { r.PaymentMethod, r.ShippingAddress.Line1 = payment, carrier }
}

func (j journey) place(ctx context.Context, s *harness.System, key string) (order.ID, error) {
	request := harness.Sample()
	j.change(&request)
	placed, err := s.API.Place(ctx, request, j.name+", "+key, 0)
	if err != nil {
		return "", fmt.Errorf("place an order that %s: %w", j.name, err)
	}
	return placed.ID, nil
}

// accompany does what somebody does with such an order, as soon as any run of
// it has got there, and returns once the order has ended.
func (j journey) accompany(ctx context.Context, s *harness.System, id order.ID) error {
	done := j.does == nil
	return harness.Await(ctx, 2*time.Minute, func(ctx context.Context) error {
		recorded, err := history.Follow(ctx, s.Temporal, id, func(r history.Recorded) bool {
			return !done && r.Story().Status == j.at
		})
		if err != nil {
			return err
		}
		if status := recorded.Story().Status; status.Final() && recorded.Closed {
			return nil
		} else if !done && status == j.at {
			err = j.does(ctx, s, id)
			done = err == nil
		}
		return fmt.Errorf("order %s, which %s, has not ended: %w", id, j.name, err)
	})
}

// watched is a system with a full shelf and a person who settles every refund
// that waits, twice a second.
func watched(t *testing.T, options ...harness.Option) *harness.System {
	t.Helper()
	s := harness.New(t, append(options, harness.Setting("ADMISSION", "off"), harness.Setting("ATTENTION_AFTER", "4s"))...)
	_, err := s.API.SetStock(t.Context(), harness.Sample().Lines[0].SKU, 100_000, "", "")
	require.NoError(t, err)
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for tick := time.NewTicker(500 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				settleAll(ctx, s)
			}
		}
	}()
	t.Cleanup(func() { leave(); <-gone })
	return s
}

// settleAll leaves to the next time what fails now.
func settleAll(ctx context.Context, s *harness.System) {
	page, err := s.API.List(ctx, client.Filter{Status: order.NeedsAttention}, "", 100)
	if err != nil {
		return
	}
	for _, o := range page.Items {
		_, _ = s.API.Settle(ctx, o.ID, client.Word{Action: "settled", Step: order.Refund, By: "Grace", Note: "paid back by hand", Reference: string(o.ID)})
	}
}
