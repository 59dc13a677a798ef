package payments

import (
	"net/http"

	"github.com/stripe/stripe-go/v85"
)

// verdict is what an error answer of Stripe's means for the order.
type verdict string

const (
	// state: the answer is the intent's own state, which has to be read.
	state verdict = "the intent's state"
	// refuse: Stripe will never take what the order itself asks for.
	refuse verdict = "refusal"
	// retry: nothing is settled, and another attempt may settle it.
	retry verdict = "retry"
	// otherBody: the key's record was made for another order body.
	otherBody verdict = "another body"
	// person: no attempt will settle it before somebody has mended something.
	person verdict = "a person"
)

// verdicts is every class of Stripe's errors (https://docs.stripe.com/api/errors,
// https://docs.stripe.com/error-low-level), on purpose; the first that fits
// counts. docs/payments.md shows it. An error without an answer of Stripe's, a
// lost connection for one, is a retry.
var verdicts = []struct {
	name    string
	fits    func(*stripe.Error) bool
	verdict verdict
}{
	{"rate limit or lock timeout, 429", status(http.StatusTooManyRequests), retry},
	{"the same key in progress, 409", status(http.StatusConflict), retry},
	{"API error, 5xx", func(e *stripe.Error) bool { return e.HTTPStatusCode >= http.StatusInternalServerError }, retry},
	{"idempotency error, 400", func(e *stripe.Error) bool { return e.Type == stripe.ErrorTypeIdempotency }, otherBody},
	{"card error, 402", func(e *stripe.Error) bool { return e.Type == stripe.ErrorTypeCard }, state},
	{"an intent past what was asked, 400", func(e *stripe.Error) bool { return e.Code == stripe.ErrorCodePaymentIntentUnexpectedState }, state},
	{"authentication error, 401", status(http.StatusUnauthorized), person},
	{"permission error, 403", status(http.StatusForbidden), person},
	{"invalid amount, currency or payment method, 400", refusesOrder, refuse},
	{"any other invalid request, 4xx", func(*stripe.Error) bool { return true }, person},
}

func status(code int) func(*stripe.Error) bool {
	return func(e *stripe.Error) bool { return e.HTTPStatusCode == code }
}

func judge(said *stripe.Error) verdict {
	for _, row := range verdicts {
		if row.fits(said) {
			return row.verdict
		}
	}
	return retry
}

// refusesOrder says that Stripe will never take what the order itself asks for:
// its amount, its currency or its payment method. Anything else that Stripe
// finds invalid is ours to mend.
func refusesOrder(said *stripe.Error) bool {
	if said.Type != stripe.ErrorTypeInvalidRequest || said.HTTPStatusCode != http.StatusBadRequest {
		return false
	}
	return said.Param == "amount" || said.Param == "currency" || said.Param == "payment_method"
}
