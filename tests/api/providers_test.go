package api_test

import (
	"context"
	"errors"
	"fmt"

	"makegood/events"
	"makegood/order"
)

// providers stand for the outside world: they take everything at once, unless
// told otherwise. What the real adapters do is tested with them.
type providers struct {
	hangs    bool // a charge never answers
	declines bool
	lost     bool          // no parcel can be delivered
	refuses  chan struct{} // no money is given back until it is closed
	frozen   bool          // the broker confirms nothing
	ends     chan struct{}
}

// hang answers only when the caller or the test has had enough.
func (p *providers) hang(ctx context.Context) error {
	select {
	case <-p.ends:
		return errors.New("the test is over")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *providers) Charge(ctx context.Context, o order.Order) (order.Outcome, error) {
	if p.hangs {
		return order.Outcome{}, p.hang(ctx)
	}
	if p.declines {
		return order.Outcome{}, order.Reject(order.Outcome{Step: order.Charge, At: o.PlacedAt, Reason: order.PaymentDeclined})
	}
	return order.Outcome{Step: order.Charge, At: o.PlacedAt, Reference: "pi_1", Amount: o.Total().Amount}, nil
}

func (p *providers) Refund(_ context.Context, o order.Order) (order.Outcome, error) {
	select {
	case <-p.refuses:
	default:
		if p.refuses != nil {
			return order.Outcome{}, fmt.Errorf("refund: the account is closed: %w", order.ErrNeedsPerson)
		}
	}
	return order.Outcome{Step: order.Refund, At: o.PlacedAt, Null: p.hangs, Reference: "re_1", Amount: o.Total().Amount}, nil
}

func (p *providers) Ship(_ context.Context, o order.Order) (order.Outcome, error) {
	if p.lost {
		return order.Outcome{}, order.Reject(order.Outcome{Step: order.Ship, At: o.PlacedAt, Reason: order.Undeliverable})
	}
	return order.Outcome{Step: order.Ship, At: o.PlacedAt, Reference: "shp_1", Tracking: "T1"}, nil
}

func (p *providers) Fence(_ context.Context, o order.Order) (order.Outcome, error) {
	return order.Outcome{Step: order.Fence, At: o.PlacedAt, Null: true}, nil
}

func (p *providers) Publish(ctx context.Context, _ []events.Event) error {
	if p.frozen {
		return p.hang(ctx)
	}
	return nil
}

func (p *providers) Ready() error { return nil }
func (p *providers) Close() error { return nil }
