package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v85"

	"makegood/order"
)

// Charge takes the order's total: it creates the intent, which is the record of
// the order, and confirms it. The happy path is these two requests. It answers
// from the intent's state alone: what Stripe replays may be long out of date.
func (s *Stripe) Charge(ctx context.Context, o order.Order) (order.Outcome, error) {
	intent, err := s.intent(ctx, o)
	if err != nil {
		return order.Outcome{}, err
	}
	if intent.Status == stripe.PaymentIntentStatusRequiresConfirmation {
		if intent, err = s.confirm(ctx, o, intent.ID); err != nil {
			return order.Outcome{}, err
		}
	}
	if stuck(intent) {
		// Nobody will authenticate or bring another card, and left alone the
		// intent could still be confirmed.
		if intent, err = s.cancel(ctx, intent.ID, declined); err != nil {
			return order.Outcome{}, err
		}
	}
	switch intent.Status {
	case stripe.PaymentIntentStatusSucceeded:
		return s.charged(ctx, o, intent)
	case stripe.PaymentIntentStatusCanceled:
		return order.Outcome{}, refusal(intent)
	default: // processing, or an intent that a failed confirm left as it was
		return order.Outcome{}, fmt.Errorf("charge: intent %s is still %s", intent.ID, intent.Status)
	}
}

// confirm returns the intent as it stands after a confirm, this one or another.
func (s *Stripe) confirm(ctx context.Context, o order.Order, id string) (*stripe.PaymentIntent, error) {
	var intent *stripe.PaymentIntent
	err := s.under(o, "confirm", func(key string) (err error) {
		params := &stripe.PaymentIntentConfirmParams{}
		params.SetIdempotencyKey(key)
		params.AddExpand("latest_charge")
		intent, err = s.api.V1PaymentIntents.Confirm(ctx, id, params)
		return err
	})
	var said *stripe.Error
	switch {
	case err == nil && !replayed(intent.LastResponse):
		return intent, nil
	case err == nil, errors.As(err, &said) && judge(said) == state:
		return s.retrieve(ctx, id)
	case said != nil && judge(said) == refuse:
		return s.cancel(ctx, id, declined)
	default:
		return nil, explain("confirm intent", err)
	}
}

// stuck says that a confirm failed for good.
func stuck(intent *stripe.PaymentIntent) bool {
	return intent.Status == stripe.PaymentIntentStatusRequiresPaymentMethod ||
		intent.Status == stripe.PaymentIntentStatusRequiresAction
}

// charged is the outcome of an intent that took the money, unless a refund has
// been made of it meanwhile.
func (s *Stripe) charged(ctx context.Context, o order.Order, intent *stripe.PaymentIntent) (order.Outcome, error) {
	charge := intent.LatestCharge
	if charge == nil || charge.Created == 0 {
		return order.Outcome{}, fmt.Errorf("charge: intent %s succeeded without a charge", intent.ID)
	}
	if charge.AmountRefunded > 0 {
		refunds, err := s.refunds(ctx, intent.ID)
		if err != nil {
			return order.Outcome{}, err
		}
		return order.Outcome{}, order.Reject(order.Outcome{
			Step: order.Charge, At: refunds.at, Reason: order.Fenced, Detail: "the payment was refunded",
		})
	}
	return order.Outcome{
		Step: order.Charge, At: at(charge.Created), Reference: intent.ID, Amount: inMinor(intent.AmountReceived, o.Currency),
	}, nil
}

// refusal is why a cancelled intent took nothing: it was declined, or a Refund
// cancelled it. It is computed from what Stripe keeps, so that it is the same
// on every attempt.
func refusal(intent *stripe.PaymentIntent) *order.Rejection {
	outcome := order.Outcome{Step: order.Charge, At: at(intent.CanceledAt), Reference: intent.ID, Reason: order.Fenced}
	switch {
	case intent.LatestCharge != nil && intent.LatestCharge.FailureMessage != "":
		outcome.Reason, outcome.Detail = order.PaymentDeclined, intent.LatestCharge.FailureMessage
	case intent.LastPaymentError != nil:
		outcome.Reason, outcome.Detail = order.PaymentDeclined, intent.LastPaymentError.Msg
	case intent.CancellationReason == declined:
		outcome.Reason, outcome.Detail = order.PaymentDeclined, "The payment could not be completed without its owner."
	}
	return order.Reject(outcome)
}

// at reads a time of Stripe's, which has whole seconds.
func at(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
