package stripe

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"makegood/simulators/internal/faults"
	"makegood/simulators/internal/ledger"
)

// remembered is the first result of an idempotency key:
// https://docs.stripe.com/api/idempotent_requests.
type remembered struct {
	Request string    `json:"request"`
	Status  int       `json:"status"`
	Body    []byte    `json:"body"`
	At      time.Time `json:"at"`
}

// keyLife is after what time Stripe may forget a key.
const keyLife = 24 * time.Hour

// write executes a request that changes something, once for each key. Its
// effect and the result that the key remembers are one change of the ledger,
// recorded before the answer.
func (a *API) write(act action, asks target) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		struck, err := a.struckBy(r, asks)
		if err != nil {
			a.answer(w, r, nil, err)
			return
		}
		key := r.Header.Get("Idempotency-Key")
		if len(key) > 255 {
			a.answer(w, r, nil, invalid("", "", "Idempotency keys are at most 255 characters long."))
			return
		}
		if key != "" {
			if !a.busy.enter(key) {
				a.answer(w, r, nil, &failure{
					Type: "idempotency_error", Code: "idempotency_key_in_use", status: http.StatusConflict,
					Message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): " + key,
				})
				return
			}
			defer a.busy.leave(key)
			w.Header().Set("Idempotency-Key", key)
		}
		first, err := a.execute(w, r, key, act, struck)
		switch {
		case struck.Kind == faults.Lost:
			faults.Cut()
		case err != nil:
			a.answer(w, r, nil, err)
		default:
			write(w, first.Status, first.Body)
		}
	}
}

func (a *API) execute(w http.ResponseWriter, r *http.Request, key string, act action, struck faults.Fault) (remembered, error) {
	request := r.Method + " " + r.URL.Path + " " + r.PostForm.Encode()
	first, found, err := a.recall(key)
	if err != nil {
		return first, err
	}
	if found {
		if first.Request != request {
			return first, &failure{
				Type: "idempotency_error", status: http.StatusBadRequest,
				Message: "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '" + key + "' if you meant to execute a different request.",
			}
		}
		w.Header().Set("Idempotent-Replayed", "true")
		return first, nil
	}
	if struck.Kind == faults.Slow {
		a.faults.Wait(struck.Delay)
	}
	err = a.ledger.Update(func(tx *ledger.Tx) error {
		object, err := act(tx, r)
		var refused *failure
		if err != nil && (!errors.As(err, &refused) || !refused.executed) {
			return err
		}
		first = remembered{Request: request, At: time.Now()}
		if first.Status, first.Body, err = encode(object, refused); err != nil || key == "" {
			return err
		}
		return tx.Put(keys, key, first)
	})
	return first, err
}

func (a *API) recall(key string) (first remembered, found bool, err error) {
	if key == "" {
		return first, false, nil
	}
	err = a.ledger.View(func(tx *ledger.Tx) (err error) {
		first, found, err = ledger.Get[remembered](tx, keys, key)
		return err
	})
	return first, found && time.Since(first.At) < keyLife, err
}

// busy holds the keys whose request is being executed.
type busy struct{ keys sync.Map }

func (b *busy) enter(key string) bool {
	_, taken := b.keys.LoadOrStore(key, struct{}{})
	return !taken
}

func (b *busy) leave(key string) { b.keys.Delete(key) }
