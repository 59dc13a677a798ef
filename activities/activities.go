// Package activities does what the saga decides: one file a step, its undo
// beside it. Each activity is safe to retry, because the first outcome is
// recorded where the effect is and given again. It holds no state of an order.
package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"makegood/events"
	"makegood/inventory"
	"makegood/order"
	"makegood/outbound"
	"makegood/payments"
	"makegood/shipping"
)

// Activities are all steps over the outside world.
type Activities struct {
	Payments  payments.Gateway
	Stock     *inventory.Stock
	Carrier   shipping.Carrier
	Publisher events.Publisher
	// Metrics hear how each attempt went. Nil hears nothing.
	Metrics *Metrics
}

// NeedsPerson is the type of an error that only a person can mend. It is
// retryable: whether to go on at once is the saga's to say.
const NeedsPerson = "NeedsPerson"

// effect is one step over the outside world, or its undo.
type effect func(context.Context, order.Order) (order.Outcome, error)

// take runs a step. Its refusal is final for Temporal: the error's type is the
// reason and its detail the fact, so that the history holds it like a success.
func (a *Activities) take(ctx context.Context, step order.Step, effect effect, o order.Order) (order.Fact, error) {
	began := time.Now()
	outcome, err := effect(paced(ctx), o)
	var rejection *order.Rejection
	if !errors.As(err, &rejection) {
		a.Metrics.attempt(ctx, step, began, resultOf(outcome, err))
		return factOf(ctx, outcome), explain(err)
	}
	a.Metrics.attempt(ctx, step, began, refused)
	return order.Fact{}, temporal.NewApplicationErrorWithOptions(rejection.Error(), string(rejection.Outcome.Reason),
		temporal.ApplicationErrorOptions{
			NonRetryable: true,
			Category:     temporal.ApplicationErrorCategoryBenign,
			Details:      []any{factOf(ctx, rejection.Outcome)},
		})
}

// insist runs a compensation, or what follows the pivot: no error of it is final.
func (a *Activities) insist(ctx context.Context, step order.Step, effect effect, o order.Order) (order.Fact, error) {
	began := time.Now()
	outcome, err := effect(paced(ctx), o)
	a.Metrics.attempt(ctx, step, began, resultOf(outcome, err))
	return factOf(ctx, outcome), explain(err)
}

func resultOf(outcome order.Outcome, err error) result {
	switch {
	case err != nil:
		return failed
	case outcome.Null:
		return null
	default:
		return done
	}
}

// paced tells outbound how long a request may wait for its turn at a provider:
// in the lane, whose second is for all steps, not at all.
func paced(ctx context.Context) context.Context {
	if activity.GetInfo(ctx).IsLocalActivity {
		return outbound.Hurry(ctx)
	}
	return outbound.Attempt(ctx)
}

func factOf(ctx context.Context, outcome order.Outcome) order.Fact {
	return order.Fact{Outcome: outcome, Run: activity.GetInfo(ctx).WorkflowExecution.RunID}
}

// explain tells Temporal what an error asks for: a person, or some time.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, order.ErrNeedsPerson) || errors.Is(err, order.ErrFingerprint) {
		return temporal.NewApplicationErrorWithCause(err.Error(), NeedsPerson, err)
	}
	var asks interface{ WaitFor() time.Duration }
	if errors.As(err, &asks) && asks.WaitFor() > 0 {
		return temporal.NewApplicationErrorWithOptions(err.Error(), "", temporal.ApplicationErrorOptions{
			Cause: err, NextRetryDelay: asks.WaitFor(),
		})
	}
	return err
}
