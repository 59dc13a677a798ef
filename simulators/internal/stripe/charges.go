package stripe

import (
	"net/http"
	"time"

	"makegood/simulators/internal/ledger"
)

// take tries to charge the intent's payment method and saves what came of it.
func (a *API) take(tx *ledger.Tx, r *http.Request, i intent) (any, error) {
	card, _ := cardOf(*i.PaymentMethod)
	if card.challenge {
		i.Status = requiresAction
		i.NextAction = map[string]any{
			"type":           "use_stripe_sdk",
			"use_stripe_sdk": map[string]any{"type": "three_d_secure_redirect"},
		}
		return save(tx, r, i)
	}
	id, err := tx.NewID(charges, "ch_")
	if err != nil {
		return nil, err
	}
	taken := charge{
		ID: id, Object: "charge", Amount: i.Amount, Created: time.Now().Unix(), Currency: i.Currency,
		Metadata: i.Metadata, PaymentIntent: i.ID, PaymentMethod: *i.PaymentMethod,
	}
	i.LatestCharge = id
	if card.declineCode != "" {
		return nil, declined(tx, r, i, taken, card)
	}
	taken.AmountCaptured, taken.Captured, taken.Paid, taken.Status = i.Amount, true, true, succeeded
	i.AmountReceived, i.Status, i.LastPaymentError = i.Amount, succeeded, nil
	if err := tx.Put(charges, taken.ID, taken); err != nil {
		return nil, err
	}
	return save(tx, r, i)
}

// declined saves a charge that the card refused and returns the refusal.
func declined(tx *ledger.Tx, r *http.Request, i intent, refused charge, c card) error {
	refused.Status, refused.FailureCode, refused.FailureMessage = failed, &c.code, &c.message
	if err := tx.Put(charges, refused.ID, refused); err != nil {
		return err
	}
	i.Status, i.LastPaymentError = requiresMethod, c.decline(refused.ID)
	if _, err := save(tx, r, i); err != nil {
		return err
	}
	refusal := c.decline(refused.ID)
	refusal.PaymentIntent = &i
	return refusal
}

func (a *API) retrieveCharge(tx *ledger.Tx, r *http.Request) (any, error) {
	taken, found, err := ledger.Get[charge](tx, charges, r.PathValue("id"))
	if err == nil && !found {
		err = missing("id", "charge", r.PathValue("id"))
	}
	return taken, err
}
