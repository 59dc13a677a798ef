package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// failure is Stripe's error object: https://docs.stripe.com/api/errors.
type failure struct {
	Type          string  `json:"type"`
	Code          string  `json:"code,omitempty"`
	DeclineCode   string  `json:"decline_code,omitempty"`
	Message       string  `json:"message"`
	Param         string  `json:"param,omitempty"`
	Charge        string  `json:"charge,omitempty"`
	PaymentIntent *intent `json:"payment_intent,omitempty"`

	status int
	// executed says that the request was carried out as far as to change
	// something or to look at a state, so that its key remembers the answer.
	executed bool
}

func (f *failure) Error() string { return f.Message }

// invalid is what Stripe answers before it executes anything.
func invalid(param, code, format string, values ...any) *failure {
	return &failure{Type: "invalid_request_error", Code: code, Param: param, Message: fmt.Sprintf(format, values...), status: http.StatusBadRequest}
}

func missing(param, object, id string) *failure {
	f := invalid(param, "resource_missing", "No such %s: '%s'", object, id)
	if param == "intent" || param == "id" {
		f.status = http.StatusNotFound
	}
	return f
}

// unexpectedState is the answer to what the intent's status does not allow.
func unexpectedState(i intent, verb string) *failure {
	f := invalid("", "payment_intent_unexpected_state",
		"You cannot %s this PaymentIntent because it has a status of %s.", verb, i.Status)
	f.PaymentIntent, f.executed = &i, true
	return f
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever hung up will ask again
}

// encode makes the answer to what a request came to.
func encode(object any, refused *failure) (status int, body []byte, err error) {
	if refused != nil {
		body, err = json.Marshal(map[string]any{"error": refused})
		return refused.status, body, err
	}
	body, err = json.Marshal(object)
	return http.StatusOK, body, err
}
