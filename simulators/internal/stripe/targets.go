package stripe

import (
	"net/http"

	"makegood/simulators/internal/faults"
	"makegood/simulators/internal/ledger"
)

// target finds the payment method by whose name a request may ask for a fault,
// and whose request that is: the order's, so that a fault counts the attempts
// of an order and not of a key. No method means that no fault can strike it.
type target func(tx *ledger.Tx, r *http.Request) (method, scope string, undo bool, err error)

// struckBy returns the fault that strikes the request, with what it does
// before anything is executed already done.
func (a *API) struckBy(r *http.Request, asks target) (faults.Fault, error) {
	var method, scope string
	var undo bool
	err := a.ledger.View(func(tx *ledger.Tx) (err error) {
		method, scope, undo, err = asks(tx, r)
		return err
	})
	if err != nil {
		return faults.Fault{}, err
	}
	card, _ := cardOf(method)
	struck, err := a.faults.Strike(card.fault, undo, scope)
	if err != nil || !struck {
		return faults.Fault{}, err
	}
	switch card.fault.Kind {
	case faults.Fail:
		return faults.Fault{}, &failure{Type: "api_error", Message: "The request was asked to fail by " + method + ".", status: http.StatusServiceUnavailable}
	case faults.Refuse:
		return faults.Fault{}, invalid("", "charge_not_refundable", "The request was asked to be refused by %s.", method)
	default:
		return card.fault, nil
	}
}

// A create takes money only when it confirms.
func methodInForm(_ *ledger.Tx, r *http.Request) (method, scope string, undo bool, err error) {
	if r.PostForm.Get("confirm") != "true" {
		return "", "", false, nil
	}
	scope = r.PostForm.Get("metadata[order_id]")
	if scope == "" {
		scope = r.Header.Get("Idempotency-Key")
	}
	return r.PostForm.Get("payment_method"), scope, false, nil
}

func methodOfIntent(tx *ledger.Tx, r *http.Request) (method, scope string, undo bool, err error) {
	method, scope, err = methodAndScope(tx, r.PathValue("intent"))
	if other := r.PostForm.Get("payment_method"); other != "" {
		method = other
	}
	return method, scope, false, err
}

func undoOfIntent(tx *ledger.Tx, r *http.Request) (method, scope string, undo bool, err error) {
	method, scope, err = methodAndScope(tx, r.PathValue("intent"))
	return method, scope, true, err
}

func undoOfPayment(tx *ledger.Tx, r *http.Request) (method, scope string, undo bool, err error) {
	id := r.PostForm.Get("payment_intent")
	if id == "" {
		taken, _, err := ledger.Get[charge](tx, charges, r.PostForm.Get("charge"))
		if err != nil {
			return "", "", true, err
		}
		id = taken.PaymentIntent
	}
	method, scope, err = methodAndScope(tx, id)
	return method, scope, true, err
}

func methodAndScope(tx *ledger.Tx, intentID string) (method, scope string, err error) {
	i, found, err := ledger.Get[intent](tx, intents, intentID)
	if err != nil || !found || i.PaymentMethod == nil {
		return "", "", err
	}
	scope = i.Metadata["order_id"]
	if scope == "" {
		scope = i.ID
	}
	return *i.PaymentMethod, scope, nil
}
