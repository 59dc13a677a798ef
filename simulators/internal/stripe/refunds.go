package stripe

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"makegood/simulators/internal/ledger"
)

func (a *API) createRefund(tx *ledger.Tx, r *http.Request) (any, error) {
	taken, err := chargeToRefund(tx, r)
	if err != nil {
		return nil, err
	}
	given, err := returned(tx, taken)
	if err != nil {
		return nil, err
	}
	left := taken.Amount - given
	if left == 0 {
		refusal := invalid("", "charge_already_refunded", "Charge %s has already been refunded.", taken.ID)
		refusal.executed = true
		return nil, refusal
	}
	amount := left
	if text := r.PostForm.Get("amount"); text != "" {
		if amount, err = strconv.ParseInt(text, 10, 64); err != nil || amount < 1 {
			return nil, invalid("amount", "parameter_invalid_integer", "Invalid positive integer: %s", text)
		}
	}
	if amount > left {
		refusal := invalid("amount", "amount_too_large", "Refund amount (%d) is greater than unrefunded amount on charge (%d)", amount, left)
		refusal.executed = true
		return nil, refusal
	}
	made := keptRefund{refund: refund{
		Object: "refund", Amount: amount, Charge: taken.ID, Created: time.Now().Unix(), Currency: taken.Currency,
		Metadata: metadata(r.PostForm), PaymentIntent: taken.PaymentIntent, Status: succeeded,
	}}
	if reason := r.PostForm.Get("reason"); reason != "" {
		made.Reason = &reason
	}
	if card, _ := cardOf(taken.PaymentMethod); card.refund != "" {
		made.Status, made.Later, made.Until = card.refund, card.refundLater, time.Now().Add(settling)
	}
	if made.ID, err = tx.NewID(refunds, "re_"); err != nil {
		return nil, err
	}
	if err := tx.Put(refunds, made.ID, made); err != nil {
		return nil, err
	}
	if err := tx.Put(refundsOf, made.PaymentIntent+"/"+made.ID, made.ID); err != nil {
		return nil, err
	}
	taken.AmountRefunded = given + amount
	taken.Refunded = taken.AmountRefunded == taken.Amount
	return made.refund, tx.Put(charges, taken.ID, taken)
}

// chargeToRefund finds the charge by its own id or by its intent's.
func chargeToRefund(tx *ledger.Tx, r *http.Request) (charge, error) {
	id := r.PostForm.Get("charge")
	if intentID := r.PostForm.Get("payment_intent"); intentID != "" {
		i, found, err := ledger.Get[intent](tx, intents, intentID)
		if err != nil {
			return charge{}, err
		}
		if !found {
			return charge{}, missing("payment_intent", "payment_intent", intentID)
		}
		if i.Status != succeeded {
			return charge{}, invalid("payment_intent", "", "This PaymentIntent (%s) does not have a successful charge to refund.", i.ID)
		}
		id, _ = i.LatestCharge.(string)
	}
	if id == "" {
		return charge{}, invalid("", "parameter_missing", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	taken, found, err := ledger.Get[charge](tx, charges, id)
	if err == nil && !found {
		err = missing("charge", "charge", id)
	}
	if err == nil && !taken.Paid {
		err = invalid("charge", "", "Charge %s was not paid and can't be refunded.", id)
	}
	return taken, err
}

// returned adds up the charge's refunds that did not fail.
func returned(tx *ledger.Tx, taken charge) (sum int64, err error) {
	all, err := refundsOfIntent(tx, taken.PaymentIntent)
	for _, r := range all {
		if r.Status != failed && r.Status != canceled {
			sum += r.Amount
		}
	}
	return sum, err
}

// refundsOfIntent lists an intent's refunds, newest first.
func refundsOfIntent(tx *ledger.Tx, intentID string) ([]refund, error) {
	ids, err := ledger.WithPrefix[string](tx, refundsOf, intentID+"/")
	if err != nil {
		return nil, err
	}
	slices.Reverse(ids)
	all := make([]refund, 0, len(ids))
	for _, id := range ids {
		kept, _, err := ledger.Get[keptRefund](tx, refunds, id)
		if err != nil {
			return nil, err
		}
		all = append(all, kept.now())
	}
	return all, nil
}

func (a *API) retrieveRefund(tx *ledger.Tx, r *http.Request) (any, error) {
	kept, found, err := ledger.Get[keptRefund](tx, refunds, r.PathValue("id"))
	if err == nil && !found {
		err = missing("id", "refund", r.PathValue("id"))
	}
	return kept.now(), err
}
