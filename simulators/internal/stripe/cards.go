package stripe

import (
	"strings"
	"time"

	"makegood/simulators/internal/faults"
)

// card is what a payment method of Stripe's test mode does:
// https://docs.stripe.com/testing.
type card struct {
	declineCode string // empty: it is not declined
	code        string
	message     string
	challenge   bool // it asks its holder to authenticate
	refund      string
	refundLater string
	fault       faults.Fault
}

// settling is how long a refund keeps the status that it began with. In
// Stripe's test mode it is minutes; nobody wants to wait for them here.
const settling = 2 * time.Second

var cards = map[string]card{
	"pm_card_visa":       {},
	"pm_card_visa_debit": {},
	"pm_card_mastercard": {},
	"pm_card_amex":       {},
	"pm_card_discover":   {},
	"pm_card_diners":     {},
	"pm_card_jcb":        {},
	"pm_card_unionpay":   {},

	"pm_card_chargeDeclined":                  {declineCode: "generic_decline", code: "card_declined", message: "Your card was declined."},
	"pm_card_visa_chargeDeclined":             {declineCode: "generic_decline", code: "card_declined", message: "Your card was declined."},
	"pm_card_chargeDeclinedInsufficientFunds": {declineCode: "insufficient_funds", code: "card_declined", message: "Your card has insufficient funds."},
	"pm_card_chargeDeclinedLostCard":          {declineCode: "lost_card", code: "card_declined", message: "Your card was declined."},
	"pm_card_chargeDeclinedStolenCard":        {declineCode: "stolen_card", code: "card_declined", message: "Your card was declined."},
	"pm_card_chargeDeclinedFraudulent":        {declineCode: "fraudulent", code: "card_declined", message: "Your card was declined."},
	"pm_card_chargeDeclinedExpiredCard":       {declineCode: "expired_card", code: "expired_card", message: "Your card has expired."},
	"pm_card_chargeDeclinedIncorrectCvc":      {declineCode: "incorrect_cvc", code: "incorrect_cvc", message: "Your card's security code is incorrect."},
	"pm_card_chargeDeclinedProcessingError":   {declineCode: "processing_error", code: "processing_error", message: "An error occurred while processing your card. Try again in a little bit."},

	"pm_card_authenticationRequired":        {challenge: true},
	"pm_card_threeDSecure2Required":         {challenge: true},
	"pm_card_threeDSecureRequired":          {challenge: true},
	"pm_card_authenticationRequiredOnSetup": {challenge: true},

	"pm_card_pendingRefund": {refund: pending, refundLater: succeeded},
	"pm_card_refundFail":    {refund: succeeded, refundLater: failed},
}

// cardOf knows the payment method, or says that there is none of this name.
func cardOf(method string) (card, bool) {
	if name, ok := strings.CutPrefix(method, "pm_sim_"); ok {
		fault, ok := faults.Parse(name)
		return card{fault: fault}, ok
	}
	c, ok := cards[method]
	return c, ok
}

// knownFaults is what a pm_sim_ method may ask for.
const knownFaults = "slow_<ms>, fail_<n>, lost_<n>, refuse_undo, slow_undo_<ms>, fail_undo_<n> and lost_undo_<n>"

// decline is the card's refusal of the charge.
func (c card) decline(chargeID string) *failure {
	return &failure{
		Type: "card_error", Code: c.code, DeclineCode: c.declineCode, Message: c.message,
		Charge: chargeID, status: 402, executed: true,
	}
}

// minimum is the least that Stripe charges in a currency, in its minor unit:
// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts. Of
// currencies that the table does not name Stripe takes what converts to enough.
func minimum(currency string) int64 {
	if least, ok := minimums[currency]; ok {
		return least
	}
	return 1
}

const maximum = 99_999_999

// steps are the currencies in which Stripe takes round amounts alone:
// https://docs.stripe.com/currencies#special-cases.
var steps = map[string]int64{"isk": 100, "ugx": 100, "bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10}

var minimums = map[string]int64{
	"usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500,
	"dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000,
	"myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}
