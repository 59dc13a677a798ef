package harness

import (
	"context"
	"slices"
	"strings"
	"time"

	"makegood/order"
)

// Books is what the outside world has on record: money, parcels and mail.
type Books struct {
	Intents []Intent
	Refunds []Refund
	Parcels []Parcel
	Mails   []Mail
}

// Intent is a payment at the provider, in minor units.
type Intent struct {
	ID       string            `json:"id"`
	Amount   int64             `json:"amount"`
	Received int64             `json:"amount_received"`
	Currency string            `json:"currency"`
	Status   string            `json:"status"`
	Metadata map[string]string `json:"metadata"`
}

// Refund is money that the provider gave back, in minor units.
type Refund struct {
	ID     string `json:"id"`
	Intent string `json:"payment_intent"`
	Amount int64  `json:"amount"`
	Status string `json:"status"`
}

// Parcel is what the carrier has accepted.
type Parcel struct {
	ID        string `json:"id"`
	Reference string `json:"reference"`
	Status    string `json:"status"`
	Tracking  string `json:"tracking"`
}

// Mail is one that the mailbox has taken; every copy is there.
type Mail struct {
	ID         string    `json:"id"`
	MessageID  string    `json:"message_id"`
	From       string    `json:"from"` // the envelope's
	To         []string  `json:"to"`
	Subject    string    `json:"subject"`
	Text       string    `json:"text"`
	HTML       string    `json:"html"`
	ReceivedAt time.Time `json:"received_at"`
}

// Books reads the whole record, past the link, so that a cut hides nothing.
func (s *System) Books(ctx context.Context) (Books, error) {
	var b Books
	var err error
	if b.Intents, err = pages[Intent](ctx, s, "/stripe/v1/payment_intents"); err != nil {
		return b, err
	}
	if b.Refunds, err = pages[Refund](ctx, s, "/stripe/v1/refunds"); err != nil {
		return b, err
	}
	if b.Parcels, err = pages[Parcel](ctx, s, "/carrier/shipments"); err != nil {
		return b, err
	}
	b.Mails, err = pages[Mail](ctx, s, "/mail/messages")
	return b, err
}

// Of is what the books hold of one order, the oldest first.
func (b Books) Of(id order.ID) Books {
	var of Books
	of.Intents = only(b.Intents, func(i Intent) bool { return i.Metadata["order_id"] == string(id) })
	of.Refunds = only(b.Refunds, func(r Refund) bool {
		return slices.ContainsFunc(of.Intents, func(i Intent) bool { return i.ID == r.Intent })
	})
	of.Parcels = only(b.Parcels, func(p Parcel) bool { return p.Reference == string(id) })
	of.Mails = only(b.Mails, func(m Mail) bool { return strings.Contains(m.Subject, string(id)) })
	return of
}

// Taken is the money that the provider has received.
func (b Books) Taken() (sum int64) {
	for _, i := range b.Intents {
		sum += i.Received
	}
	return sum
}

// Returned is the money that went back.
func (b Books) Returned() (sum int64) {
	for _, r := range b.Refunds {
		if r.Status == "succeeded" {
			sum += r.Amount
		}
	}
	return sum
}

func only[T any](all []T, keep func(T) bool) []T {
	var kept []T
	for _, one := range all {
		if keep(one) {
			kept = append(kept, one)
		}
	}
	slices.Reverse(kept) // lists are newest first
	return kept
}
