package payments

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"

	"makegood/order"
)

// Stripe forgets an idempotency key after at least 24 hours
// (https://docs.stripe.com/api/idempotent_requests). An order that is nearly as
// old is looked up and never created anew. The hour between is longer than any
// request takes, so that what is not found after it never will be there.
const (
	creatable = 23 * time.Hour
	keyLife   = 24 * time.Hour
)

func forgotten(o order.Order) bool { return time.Since(o.PlacedAt) > creatable }

// find looks up the intent of an order whose key Stripe may have forgotten.
func (s *Stripe) find(ctx context.Context, o order.Order) (*stripe.PaymentIntent, error) {
	id, err := s.search(ctx, o)
	if err != nil || id == "" { // the search is a short cut, and not offered everywhere
		id, err = s.scan(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if id == "" {
		end := o.PlacedAt.Add(keyLife)
		if time.Now().Before(end) {
			return nil, fmt.Errorf("find intent: order %s has none, and is too old to create one and too young to rule one out", o.ID)
		}
		return nil, order.Reject(order.Outcome{
			Step: order.Charge, At: end, Reason: order.PaymentDeclined,
			Detail: "The payment did not begin within a day of the order.",
		})
	}
	intent, err := s.retrieve(ctx, id) // the search may show an old state
	if err != nil {
		return nil, err
	}
	if intent.Metadata["fingerprint"] != o.Fingerprint() {
		return nil, fmt.Errorf("find intent %s: %w", id, order.ErrFingerprint)
	}
	return intent, nil
}

// search asks Stripe's index, which lags by up to an hour on a bad day.
func (s *Stripe) search(ctx context.Context, o order.Order) (string, error) {
	params := &stripe.PaymentIntentSearchParams{}
	params.Query = fmt.Sprintf("metadata['order_id']:'%s' AND metadata['namespace']:'%s'",
		quoted.Replace(string(o.ID)), quoted.Replace(s.namespace))
	var best *stripe.PaymentIntent
	for intent, err := range s.api.V1PaymentIntents.Search(ctx, params).All(ctx) {
		if err != nil {
			return "", explain("search intent", err)
		}
		best = likelier(best, intent)
	}
	return idOf(best), nil
}

var quoted = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// scan reads the intents of the order's first day, new to old. It is exact, and
// as long as that day was; it runs only where the search finds nothing.
func (s *Stripe) scan(ctx context.Context, o order.Order) (string, error) {
	const skew = time.Hour // between the gateway's clock and Stripe's
	params := &stripe.PaymentIntentListParams{CreatedRange: &stripe.RangeQueryParams{
		GreaterThanOrEqual: o.PlacedAt.Add(-skew).Unix(),
		LesserThanOrEqual:  o.PlacedAt.Add(keyLife + skew).Unix(),
	}}
	params.Limit = stripe.Int64(100)
	var best *stripe.PaymentIntent
	for intent, err := range s.api.V1PaymentIntents.List(ctx, params).All(ctx) {
		if err != nil {
			return "", explain("list intents", err)
		}
		if err := ctx.Err(); err != nil {
			return "", errors.Join(errors.New("list intents"), err)
		}
		if intent.Metadata["order_id"] == string(o.ID) && intent.Metadata["namespace"] == s.namespace {
			best = likelier(best, intent)
		}
	}
	return idOf(best), nil
}

// likelier picks the order's real intent. There is a second one only where a
// creation answered with a server error and took effect: nobody could confirm
// or cancel that one.
func likelier(a, b *stripe.PaymentIntent) *stripe.PaymentIntent {
	if a == nil || rank(b) > rank(a) {
		return b
	}
	return a
}

func rank(intent *stripe.PaymentIntent) int {
	switch intent.Status {
	case stripe.PaymentIntentStatusSucceeded:
		return 3
	case stripe.PaymentIntentStatusProcessing:
		return 2
	case stripe.PaymentIntentStatusCanceled:
		return 1
	default:
		return 0
	}
}

func idOf(intent *stripe.PaymentIntent) string {
	if intent == nil {
		return ""
	}
	return intent.ID
}
