package payments

import "makegood/order"

// hundredths are the currencies without a minor unit that Stripe takes in
// hundredths all the same: https://docs.stripe.com/currencies#special-cases.
var hundredths = map[string]int64{"ISK": 100, "UGX": 100}

// atStripe is an amount as Stripe counts it.
func atStripe(m order.Money) int64 { return m.Amount * factor(m.Currency) }

// inMinor is Stripe's amount in the currency's minor unit.
func inMinor(amount int64, currency string) int64 { return amount / factor(currency) }

func factor(currency string) int64 {
	if f, ok := hundredths[currency]; ok {
		return f
	}
	return 1
}
