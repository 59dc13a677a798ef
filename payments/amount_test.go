package payments_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
)

func TestAmountsOfEveryKindOfCurrency(t *testing.T) {
	tests := []struct {
		name     string
		currency string
		price    int64
		atStripe int64  // 0: declined
		says     string // why
	}{
		{"hundredths", "EUR", 2500, 2500, ""},
		{"no minor unit", "JPY", 500, 500, ""},
		{"no minor unit, in hundredths at Stripe", "ISK", 500, 50_000, ""},
		{"no minor unit, in hundredths at Stripe, of Uganda", "UGX", 20_000, 2_000_000, ""},
		{"thousandths that end in 0", "KWD", 1230, 1230, ""},
		{"thousandths that Stripe doesn't take", "KWD", 1234, 0, "multiple of 10"},
		{"less than Stripe takes", "EUR", 49, 0, "at least 50"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			o := paidWith("pm_card_visa")
			o.Currency, o.Lines = test.currency, []order.Line{{SKU: "MUG", Quantity: 1, UnitPrice: test.price}}
			charged, err := w.Charge(t.Context(), o)
			if test.atStripe == 0 {
				refused := rejected(t, charged, err)
				require.Equal(t, order.PaymentDeclined, refused.Reason)
				require.Contains(t, refused.Detail, test.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.price, charged.Amount, "as the order counts it")
			intents, _ := w.books(t, o.ID)
			require.Equal(t, test.atStripe, intents[0].AmountReceived)
			refunded, err := w.Refund(t.Context(), o)
			require.NoError(t, err)
			require.Equal(t, test.price, refunded.Amount)
		})
	}
}
