package payments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v85"

	"makegood/order"
)

// Refund finds the order's intent, or creates it to leave a fence: an intent
// that took nothing is cancelled, which no late confirm survives; one that took
// the money is refunded once. A refund is done when Stripe says it succeeded.
func (s *Stripe) Refund(ctx context.Context, o order.Order) (order.Outcome, error) {
	intent, err := s.intent(ctx, o)
	var never *order.Rejection
	if errors.As(err, &never) {
		return order.Outcome{Step: order.Refund, Null: true, At: never.Outcome.At}, nil
	}
	if err != nil {
		return order.Outcome{}, err
	}
	if intent.Status == stripe.PaymentIntentStatusRequiresConfirmation || stuck(intent) {
		if intent, err = s.cancel(ctx, intent.ID, undone); err != nil {
			return order.Outcome{}, err
		}
	}
	switch intent.Status {
	case stripe.PaymentIntentStatusCanceled:
		return order.Outcome{Step: order.Refund, Null: true, At: at(intent.CanceledAt), Reference: intent.ID}, nil
	case stripe.PaymentIntentStatusSucceeded:
		return s.giveBack(ctx, o, intent)
	default:
		return order.Outcome{}, fmt.Errorf("refund: intent %s is still %s", intent.ID, intent.Status)
	}
}

// giveBack refunds a paid intent. It looks at the refunds that there are before
// it makes one: Stripe forgets the key, and a person may have been quicker.
func (s *Stripe) giveBack(ctx context.Context, o order.Order, intent *stripe.PaymentIntent) (order.Outcome, error) {
	made, err := s.refunds(ctx, intent.ID)
	if err != nil {
		return order.Outcome{}, err
	}
	if made.returned+made.pending < intent.AmountReceived && made.failed == "" {
		if err := s.makeRefund(ctx, o, intent.ID); err != nil {
			return order.Outcome{}, err
		}
		if made, err = s.refunds(ctx, intent.ID); err != nil {
			return order.Outcome{}, err
		}
	}
	switch {
	case made.returned >= intent.AmountReceived:
		return order.Outcome{Step: order.Refund, At: made.at, Reference: made.last, Amount: inMinor(made.returned, o.Currency)}, nil
	case made.failed != "":
		return order.Outcome{}, fmt.Errorf("refund %s of intent %s failed: %s: %w", made.failed, intent.ID, made.why, order.ErrNeedsPerson)
	default:
		return order.Outcome{}, fmt.Errorf("refund: %d of %d of intent %s are returned, %d are pending", made.returned, intent.AmountReceived, intent.ID, made.pending)
	}
}

// makeRefund returns all that is left of the intent. What came of it is in the
// list of refunds, whatever this request is answered.
func (s *Stripe) makeRefund(ctx context.Context, o order.Order, intentID string) error {
	err := s.under(o, "refund", func(key string) error {
		params := &stripe.RefundCreateParams{PaymentIntent: stripe.String(intentID), Metadata: s.metadata(o)}
		params.SetIdempotencyKey(key)
		_, err := s.api.V1Refunds.Create(ctx, params)
		return err
	})
	var said *stripe.Error
	if errors.As(err, &said) && said.Code == stripe.ErrorCodeChargeAlreadyRefunded {
		return nil
	}
	if err != nil {
		return explain("refund intent", err)
	}
	return nil
}

// refunds is what the refunds of an intent add up to, in minor units.
type refunds struct {
	returned int64
	pending  int64
	last     string    // the newest one that succeeded
	at       time.Time // when the newest one was made
	failed   string    // one that failed, and why
	why      string
}

func (s *Stripe) refunds(ctx context.Context, intentID string) (refunds, error) {
	var sum refunds
	params := &stripe.RefundListParams{PaymentIntent: stripe.String(intentID)}
	params.Limit = stripe.Int64(100)
	for refund, err := range s.api.V1Refunds.List(ctx, params).All(ctx) { // newest first
		if err != nil {
			return refunds{}, explain("list refunds", err)
		}
		switch refund.Status {
		case stripe.RefundStatusSucceeded:
			sum.returned += refund.Amount
			if sum.last == "" {
				sum.last, sum.at = refund.ID, at(refund.Created)
			}
		case stripe.RefundStatusPending, stripe.RefundStatusRequiresAction:
			sum.pending += refund.Amount
		default: // failed or canceled
			sum.failed, sum.why = refund.ID, string(refund.FailureReason)
		}
		if sum.at.IsZero() {
			sum.at = at(refund.Created)
		}
	}
	return sum, nil
}
