package payments_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/payments"
)

// answers are Stripe's own errors, as its API writes them, one for each class.
var answers = []struct {
	name    string // as the table names it
	status  int
	headers map[string]string
	body    string
	meaning string
	waits   time.Duration
}{
	{"rate limit or lock timeout, 429", 429, map[string]string{"Retry-After": "7"}, `{"type":"invalid_request_error","code":"rate_limit","message":"Too many requests"}`, "retry", 7 * time.Second},
	{"the same key in progress, 409", 409, nil, `{"type":"idempotency_error","code":"idempotency_key_in_use","message":"There is currently another in-progress request"}`, "retry", 0},
	{"API error, 5xx", 500, nil, `{"type":"api_error","message":"An error occurred"}`, "retry", 0},
	{"idempotency error, 400", 400, nil, `{"type":"idempotency_error","message":"Keys for idempotent requests can only be used with the same parameters"}`, "another body", 0},
	{"authentication error, 401", 401, nil, `{"type":"invalid_request_error","message":"Invalid API Key provided"}`, "a person", 0},
	{"permission error, 403", 403, nil, `{"type":"invalid_request_error","code":"secret_key_required","message":"This key has no access"}`, "a person", 0},
	{"invalid amount, currency or payment method, 400", 400, nil, `{"type":"invalid_request_error","code":"amount_too_small","param":"amount","message":"Amount must be at least 50 cents"}`, "refusal", 0},
	{"any other invalid request, 4xx", 400, nil, `{"type":"invalid_request_error","code":"parameter_unknown","param":"colour","message":"Received unknown parameter"}`, "a person", 0},
}

func TestEveryClassOfErrorMeansSomethingOnPurpose(t *testing.T) {
	for _, answer := range answers {
		t.Run(answer.name, func(t *testing.T) {
			w := newWorld(t)
			w.intercept(func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
				for name, value := range answer.headers {
					rw.Header().Set(name, value)
				}
				rw.WriteHeader(answer.status)
				_, _ = fmt.Fprintf(rw, `{"error":%s}`, answer.body)
				return true
			})
			_, err := w.Charge(t.Context(), paidWith("pm_card_visa"))
			require.Error(t, err)
			require.Equal(t, answer.meaning, meaning(err), err)
			if said := (*payments.Error)(nil); errors.As(err, &said) {
				require.Equal(t, answer.waits, said.WaitFor())
			}
		})
	}
}

func meaning(err error) string {
	var refusal *order.Rejection
	switch {
	case errors.As(err, &refusal):
		return "refusal"
	case errors.Is(err, order.ErrFingerprint):
		return "another body"
	case errors.Is(err, order.ErrNeedsPerson):
		return "a person"
	default:
		return "retry"
	}
}

// Card errors, and an intent past what was asked, are answered by its state.
func TestACardErrorAndAnIntentPastIsReadFromItsState(t *testing.T) {
	w := newWorld(t)
	o := paidWith("pm_card_chargeDeclinedInsufficientFunds")
	outcome, err := w.Charge(t.Context(), o)
	require.Contains(t, rejected(t, outcome, err).Detail, "insufficient funds")
	intents, _ := w.books(t, o.ID)
	require.Equal(t, "canceled", intents[0].Status, "a declined intent is not left confirmable")

	w = newWorld(t)
	o = paidWith("pm_card_visa")
	_, err = w.Charge(t.Context(), o)
	require.NoError(t, err)
	again, err := w.Charge(t.Context(), o) // the intent is past its confirm
	require.NoError(t, err)
	require.EqualValues(t, 2500, again.Amount)
}

func TestARefundThatIsRefusedForGoodNeedsAPerson(t *testing.T) {
	w := newWorld(t)
	o := paidWith("pm_sim_refuse_undo")
	_, err := w.Charge(t.Context(), o)
	require.NoError(t, err)
	_, err = w.Refund(t.Context(), o)
	require.Equal(t, "a person", meaning(err), err)
}

func TestTheDocumentedVerdictsAreThoseOfTheTable(t *testing.T) {
	text, err := os.ReadFile("../docs/payments.md")
	require.NoError(t, err)
	documented := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \|`).FindAllStringSubmatch(string(text), -1) {
		documented[row[1]] = row[2]
	}
	for _, row := range payments.Verdicts() {
		require.Equal(t, row[1], documented[row[0]], row[0])
	}
}
