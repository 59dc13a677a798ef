package payments

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v85"

	"makegood/order"
)

// Error is an answer of Stripe's that settles nothing. Its text is what an
// operator needs and holds no API object, whose secrets must not reach a log.
type Error struct {
	Status    int
	Type      string
	Code      string
	Message   string
	RequestID string
	// RetryAfter is how long Stripe wants not to be asked; 0 where it doesn't say.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	text := fmt.Sprintf("stripe answered %d %s", e.Status, e.Type)
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.RequestID != "" {
		text += " (" + e.RequestID + ")"
	}
	return text
}

// explain turns an error of stripe-go's into one that may be shown and kept.
func explain(operation string, err error) error {
	var said *stripe.Error
	if !errors.As(err, &said) {
		return fmt.Errorf("%s: %w", operation, err)
	}
	if said.Type == stripe.ErrorTypeIdempotency && said.HTTPStatusCode == http.StatusBadRequest {
		return fmt.Errorf("%s: %w", operation, order.ErrFingerprint)
	}
	answer := &Error{
		Status: said.HTTPStatusCode, Type: string(said.Type), Code: string(said.Code),
		Message: said.Msg, RequestID: said.RequestID,
	}
	if said.LastResponse != nil {
		seconds, _ := strconv.Atoi(said.LastResponse.Header.Get("Retry-After"))
		answer.RetryAfter = time.Duration(seconds) * time.Second
	}
	return fmt.Errorf("%s: %w", operation, answer)
}

// tellsOfState says that the intent's own state is the answer: the card was
// declined, or the intent is past what was asked.
func tellsOfState(said *stripe.Error) bool {
	return said.Type == stripe.ErrorTypeCard || said.Code == stripe.ErrorCodePaymentIntentUnexpectedState
}

// refusesOrder says that Stripe will never take what the order itself asks for:
// its amount, its currency or its payment method. Anything else that Stripe
// finds invalid is ours to mend.
func refusesOrder(said *stripe.Error) bool {
	if said == nil || said.Type != stripe.ErrorTypeInvalidRequest || said.HTTPStatusCode != http.StatusBadRequest {
		return false
	}
	return said.Param == "amount" || said.Param == "currency" || said.Param == "payment_method"
}
