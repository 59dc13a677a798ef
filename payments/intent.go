package payments

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stripe/stripe-go/v85"

	"makegood/order"
)

// Why an intent was cancelled. Stripe keeps it, and it is how a later attempt
// knows a decline from an undo.
const (
	declined = stripe.PaymentIntentCancellationReasonAbandoned
	undone   = stripe.PaymentIntentCancellationReasonRequestedByCustomer
)

// intent finds or creates the order's intent and returns it as it stands. It
// rejects an order that Stripe would never make an intent for.
func (s *Stripe) intent(ctx context.Context, o order.Order) (*stripe.PaymentIntent, error) {
	if forgotten(o) {
		return s.find(ctx, o)
	}
	var intent *stripe.PaymentIntent
	err := s.under(o, "charge", func(key string) (err error) {
		total := o.Total()
		params := &stripe.PaymentIntentCreateParams{
			Amount:        stripe.Int64(atStripe(total)),
			Currency:      stripe.String(strings.ToLower(total.Currency)),
			PaymentMethod: stripe.String(o.PaymentMethod),
			// Cards alone: a confirm needs no page to return to.
			PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
			Metadata:           s.metadata(o),
		}
		params.SetIdempotencyKey(key)
		intent, err = s.api.V1PaymentIntents.Create(ctx, params)
		return err
	})
	var said *stripe.Error
	if errors.As(err, &said) && judge(said) == refuse {
		// Stripe keeps nothing of a request that it finds invalid, and finds it
		// invalid again: the time that all attempts agree on is the order's own.
		return nil, order.Reject(order.Outcome{
			Step: order.Charge, At: o.PlacedAt, Reason: order.PaymentDeclined, Detail: said.Msg,
		})
	}
	if err != nil {
		return nil, explain("create intent", err)
	}
	if replayed(intent.LastResponse) {
		return s.retrieve(ctx, intent.ID)
	}
	return intent, nil
}

func (s *Stripe) metadata(o order.Order) map[string]string {
	return map[string]string{
		"order_id":    string(o.ID),
		"namespace":   s.namespace,
		"fingerprint": o.Fingerprint(),
	}
}

func (s *Stripe) retrieve(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
	params := &stripe.PaymentIntentRetrieveParams{}
	params.AddExpand("latest_charge")
	intent, err := s.api.V1PaymentIntents.Retrieve(ctx, id, params)
	if err != nil {
		return nil, explain("retrieve intent", err)
	}
	return intent, nil
}

// cancel cancels the intent unless it is past that, and returns it as it stands
// then. It goes by no key: a cancel is idempotent by the intent's state, and a
// remembered refusal of one would be in the way of the next.
func (s *Stripe) cancel(ctx context.Context, id string, why stripe.PaymentIntentCancellationReason) (*stripe.PaymentIntent, error) {
	params := &stripe.PaymentIntentCancelParams{CancellationReason: stripe.String(string(why))}
	params.AddExpand("latest_charge")
	intent, err := s.api.V1PaymentIntents.Cancel(ctx, id, params)
	if err == nil {
		return intent, nil
	}
	var said *stripe.Error
	if errors.As(err, &said) && judge(said) == state {
		return s.retrieve(ctx, id)
	}
	return nil, explain("cancel intent", err)
}

// maxFailures bounds the chain of keys; Stripe remembers a server error rarely.
const maxFailures = 5

// under calls under the order's key for the step. Stripe replays the first
// result of a key for a day, a server error too. Such a key is spent, and the
// call goes on under the next of a chain that every attempt follows alike. That
// is safe: an intent whose creation answered with an error has an id that nobody
// knows, an intent is paid once, and a charge is not refunded beyond its amount.
func (s *Stripe) under(o order.Order, step string, call func(key string) error) error {
	base := s.namespace + "/" + string(o.ID) + "/" + step
	err := call(base)
	for n := 2; n <= maxFailures && spent(err); n++ {
		err = call(fmt.Sprintf("%s/%d", base, n))
	}
	return err
}

func spent(err error) bool {
	var said *stripe.Error
	return errors.As(err, &said) && said.HTTPStatusCode >= 500 && replayed(said.LastResponse)
}

func replayed(r *stripe.APIResponse) bool {
	return r != nil && r.Header.Get("Idempotent-Replayed") == "true"
}
