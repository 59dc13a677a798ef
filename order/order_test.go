package order_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
)

func TestFingerprintIsOfTheParsedBody(t *testing.T) {
	var spaced, reordered, other order.Request
	require.NoError(t, json.Unmarshal([]byte(`{"customer_id": "c",   "currency":"EUR"}`), &spaced))
	require.NoError(t, json.Unmarshal([]byte(`{"currency":"EUR","customer_id":"c"}`), &reordered))
	require.NoError(t, json.Unmarshal([]byte(`{"currency":"USD","customer_id":"c"}`), &other))
	require.Equal(t, spaced.Fingerprint(), reordered.Fingerprint())
	require.NotEqual(t, spaced.Fingerprint(), other.Fingerprint())
}

func TestIDFromKeyIsStableAndDistinct(t *testing.T) {
	require.Equal(t, order.IDFromKey("a"), order.IDFromKey("a"))
	require.NotEqual(t, order.IDFromKey("a"), order.IDFromKey("b"))
	require.Regexp(t, `^ord_[a-z2-7]{26}$`, string(order.IDFromKey("a")))
}

func TestQuantitiesAddsUpLinesOfOneSKU(t *testing.T) {
	r := order.Request{Lines: []order.Line{{SKU: "B", Quantity: 1}, {SKU: "A", Quantity: 2}, {SKU: "B", Quantity: 3}}}
	require.Equal(t, []order.Line{{SKU: "B", Quantity: 4}, {SKU: "A", Quantity: 2}}, r.Quantities())
}

func TestMoneyIsWrittenWithTheDecimalsOfItsCurrency(t *testing.T) {
	for want, money := range map[string]order.Money{
		"12.50 EUR": {Amount: 1250, Currency: "EUR"},
		"0.05 EUR":  {Amount: 5, Currency: "EUR"},
		"-0.05 EUR": {Amount: -5, Currency: "EUR"},
		"1250 JPY":  {Amount: 1250, Currency: "JPY"},
		"1.250 KWD": {Amount: 1250, Currency: "KWD"},
	} {
		require.Equal(t, want, money.String())
	}
}

func TestIsCurrencyKnowsISO4217(t *testing.T) {
	require.True(t, order.IsCurrency("EUR"))
	for _, code := range []string{"", "EURO", "eur", "XXX", "R E"} {
		require.False(t, order.IsCurrency(code), code)
	}
}
