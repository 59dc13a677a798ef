package payments

import (
	"errors"
	"fmt"
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
	found := judge(said)
	if found == otherBody {
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
	if found == person {
		return fmt.Errorf("%s: %w: %w", operation, answer, order.ErrNeedsPerson)
	}
	return fmt.Errorf("%s: %w", operation, answer)
}

// WaitFor is how long the next attempt is to wait; 0 where Stripe doesn't say.
func (e *Error) WaitFor() time.Duration { return e.RetryAfter }
