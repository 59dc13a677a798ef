package order

import "errors"

// Reason is the stable code of why an order did not ship.
type Reason string

// Every reason that an order can end with, and Fenced.
const (
	PaymentDeclined Reason = "payment_declined"
	OutOfStock      Reason = "out_of_stock"
	Undeliverable   Reason = "undeliverable"
	// CancelledByShop is a cancel over the API or from the Temporal Web UI.
	CancelledByShop Reason = "cancelled"
	// StepDeadline is a step that settled nothing within STEP_DEADLINE.
	StepDeadline Reason = "step_deadline"
	// Terminated is a workflow that was ended from outside and unwound by the audit.
	Terminated Reason = "terminated"
	// Fenced is a step that came after its undo. An order ends with it only
	// as CancelledByShop: it was turned back in a run that is no more.
	Fenced Reason = "fenced"
)

// Rejection is a step's definite refusal: nothing took effect, and no attempt
// with the same order ever will. It is never retried.
type Rejection struct {
	Outcome Outcome
}

// Reject makes the refusal of outcome; its Reason must be set.
func Reject(outcome Outcome) *Rejection { return &Rejection{Outcome: outcome} }

func (r *Rejection) Error() string {
	text := string(r.Outcome.Step) + " refused: " + string(r.Outcome.Reason)
	if r.Outcome.Detail != "" {
		text += ": " + r.Outcome.Detail
	}
	return text
}

// ErrFingerprint says that a record under this order's key was made for
// another body. It is a hard error: nobody may act on the key again.
var ErrFingerprint = errors.New("the key's record was made for another order body")

// ErrNeedsPerson says that trying again alone won't help: the effect was
// refused for good, or the provider's account is misconfigured. A compensation
// that meets it makes the order need attention at once, and is tried on rarely.
var ErrNeedsPerson = errors.New("a person has to look at it")
