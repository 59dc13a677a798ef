package stripe

import "time"

// What follows are Stripe's objects as its API reference shows them
// (https://docs.stripe.com/api), with the members that a card payment has.

type intent struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"` // payment_intent
	Amount             int64             `json:"amount"`
	AmountCapturable   int64             `json:"amount_capturable"`
	AmountReceived     int64             `json:"amount_received"`
	CanceledAt         *int64            `json:"canceled_at"`
	CancellationReason *string           `json:"cancellation_reason"`
	CaptureMethod      string            `json:"capture_method"`
	ClientSecret       string            `json:"client_secret"`
	ConfirmationMethod string            `json:"confirmation_method"`
	Created            int64             `json:"created"`
	Currency           string            `json:"currency"`
	Customer           *string           `json:"customer"`
	Description        *string           `json:"description"`
	LastPaymentError   *failure          `json:"last_payment_error"`
	LatestCharge       any               `json:"latest_charge"` // an id, or the charge where expanded
	Livemode           bool              `json:"livemode"`
	Metadata           map[string]string `json:"metadata"`
	NextAction         map[string]any    `json:"next_action"`
	PaymentMethod      *string           `json:"payment_method"`
	PaymentMethodTypes []string          `json:"payment_method_types"`
	Status             string            `json:"status"`
}

const (
	requiresMethod       = "requires_payment_method"
	requiresConfirmation = "requires_confirmation"
	requiresAction       = "requires_action"
	succeeded            = "succeeded"
	canceled             = "canceled"
	pending              = "pending"
	failed               = "failed"
)

type charge struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"` // charge
	Amount         int64             `json:"amount"`
	AmountCaptured int64             `json:"amount_captured"`
	AmountRefunded int64             `json:"amount_refunded"`
	Captured       bool              `json:"captured"`
	Created        int64             `json:"created"`
	Currency       string            `json:"currency"`
	FailureCode    *string           `json:"failure_code"`
	FailureMessage *string           `json:"failure_message"`
	Livemode       bool              `json:"livemode"`
	Metadata       map[string]string `json:"metadata"`
	Paid           bool              `json:"paid"`
	PaymentIntent  string            `json:"payment_intent"`
	PaymentMethod  string            `json:"payment_method"`
	Refunded       bool              `json:"refunded"`
	Status         string            `json:"status"`
}

type refund struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"` // refund
	Amount        int64             `json:"amount"`
	Charge        string            `json:"charge"`
	Created       int64             `json:"created"`
	Currency      string            `json:"currency"`
	FailureReason string            `json:"failure_reason,omitempty"`
	Metadata      map[string]string `json:"metadata"`
	PaymentIntent string            `json:"payment_intent"`
	Reason        *string           `json:"reason"`
	Status        string            `json:"status"`
}

// keptRefund is a refund with what becomes of it, which Stripe tells only later.
type keptRefund struct {
	refund
	Later string    `json:"later,omitempty"`
	Until time.Time `json:"until,omitzero"`
}

// now is the refund as it stands.
func (k keptRefund) now() refund {
	r := k.refund
	if k.Later == "" || time.Now().Before(k.Until) {
		return r
	}
	r.Status = k.Later
	if r.Status == failed {
		r.FailureReason = "expired_or_canceled_card"
	}
	return r
}

type list struct {
	Object  string `json:"object"` // list
	URL     string `json:"url"`
	HasMore bool   `json:"has_more"`
	Data    []any  `json:"data"`
}

type searchResult struct {
	Object   string  `json:"object"` // search_result
	URL      string  `json:"url"`
	HasMore  bool    `json:"has_more"`
	NextPage *string `json:"next_page"`
	Data     []any   `json:"data"`
}
