package notifications_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"makegood/events"
	"makegood/notifications"
	"makegood/order"
)

// What customers of each place write, by CLDR. A space in it does not break; the
// marks of direction keep an amount together in text that runs right to left.
func TestAmountsReadAsCustomersWriteThem(t *testing.T) {
	const sp, rlm, lrm = "\u00a0", "\u200f", "\u200e"
	for locale, amounts := range map[string]map[string]string{
		"en":              {"EUR 1234567": "€12,345.67", "USD 5": "$0.05", "JPY 1234567": "¥1,234,567", "KWD 1234567": "KWD" + sp + "1,234.567", "EUR 0": "€0.00", "ZWG 150": "ZWG" + sp + "1.50"},
		"":                {"EUR 3499": "€34.99"},
		"en-CA":           {"USD 1250": "US$12.50", "CAD 1250": "$12.50"},
		"en-IN":           {"INR 123456789": "₹12,34,567.89"},
		"de":              {"EUR 1234567": "12.345,67" + sp + "€", "JPY 500": "500" + sp + "¥", "KWD 1": "0,001" + sp + "KWD"},
		"de-CH":           {"CHF 123456750": "CHF" + sp + "1’234’567.50", "EUR 1250": "EUR" + sp + "12.50"},
		"it-CH":           {"CHF 123456750": "CHF" + sp + "1’234’567.50"},
		"fr-FR":           {"EUR 1234567": "12" + sp + "345,67" + sp + "€", "USD 1250": "12,50" + sp + "$US"},
		"nl":              {"EUR 1250": "€" + sp + "12,50"},
		"sv":              {"SEK 1234567": "12" + sp + "345,67" + sp + "kr"},
		"nb-NO":           {"NOK 1250": "12,50" + sp + "kr"},
		"no":              {"NOK 1250": "12,50" + sp + "kr"},
		"pl":              {"PLN 1250": "12,50" + sp + "zł"},
		"pt-BR":           {"BRL 1234567": "R$" + sp + "12.345,67"},
		"pt-PT":           {"EUR 1250": "12,50" + sp + "€"},
		"es":              {"EUR 1250": "12,50" + sp + "€"},
		"es-MX":           {"MXN 1234567": "$12,345.67"},
		"es-AR":           {"ARS 1250": "$" + sp + "12,50"},
		"sr-Latn":         {"EUR 1250": "12,50" + sp + "€"},
		"tr":              {"TRY 1250": "₺12,50"},
		"ja":              {"JPY 1234": "￥1,234"},
		"zh-Hant-TW":      {"TWD 1250": "$12.50"},
		"ko":              {"KRW 1234": "₩1,234"},
		"hi":              {"INR 123456789": "₹12,34,567.89"},
		"bn":              {"BDT 1250": "১২.৫০৳", "KWD 1250": "১.২৫০" + sp + "KWD"},
		"he":              {"ILS 1234567": rlm + "12,345.67" + sp + rlm + "₪"},
		"fa":              {"EUR 1250": lrm + "€۱۲٫۵۰"},
		"ar":              {"EUR 1250": rlm + "١٢٫٥٠" + sp + "€"},
		"ar-AE":           {"AED 1250": rlm + "12.50" + sp + "د.إ." + rlm},
		"ar-EG-u-nu-arab": {"EUR 1250": rlm + "١٢٫٥٠" + sp + "€"},
	} {
		for amount, want := range amounts {
			t.Run(locale+" "+amount, func(t *testing.T) {
				var m order.Money
				_, err := fmt.Sscan(amount, &m.Currency, &m.Amount)
				require.NoError(t, err)
				require.Equal(t, want, total(t, locale, "{{.Total}}", m))
			})
		}
	}
}

func TestATemplateHasTheRawAmountToo(t *testing.T) {
	require.Equal(t, "1250 EUR, 12.50 EUR",
		total(t, "de", "{{.Total.Amount}} {{.Total.Currency}}, {{.Total.Money}}", order.Money{Amount: 1250, Currency: "EUR"}))
}

// No rounding loses or makes up a unit of money.
func TestEveryAmountIsShownExactly(t *testing.T) {
	box := startMailbox(t)
	handler := mailerWith(t, box, "{{.Total}}", "en").Handler
	rapid.Check(t, func(rt *rapid.T) {
		m := order.Money{
			Amount:   rapid.Int64Range(0, order.MaxTotal).Draw(rt, "amount"),
			Currency: rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(rt, "currency"),
		}
		require.NoError(rt, handler(t.Context(), worth(rt, m)))
		all := box.mails()
		var digits string
		for _, r := range all[len(all)-1].text {
			if r >= '0' && r <= '9' || r == '.' {
				digits += string(r)
			}
		}
		require.Equal(rt, m.String(), digits+" "+m.Currency)
	})
}

// total is what a receipt of so much says under the template.
func total(t *testing.T, locale, template string, m order.Money) string {
	t.Helper()
	box := startMailbox(t)
	require.NoError(t, mailerWith(t, box, template, locale).Handler(t.Context(), worth(t, m)))
	return box.mails()[0].text
}

func mailerWith(t *testing.T, box *mailbox, receipt, locale string) events.Subscription {
	t.Helper()
	sub, err := notifications.NewEmail(notifications.EmailConfig{
		SMTPURL: "smtp://" + box.address, From: "orders@shop.example", Locale: locale,
		Templates: folder(t, map[string]string{"receipt.txt": receipt}),
	})
	require.NoError(t, err)
	return sub
}

// worth is the completion of an order of so much.
func worth(t require.TestingT, m order.Money) events.Event {
	o := sample()
	o.Currency, o.Lines = m.Currency, []order.Line{{SKU: "MUG", Quantity: 1, UnitPrice: m.Amount}}
	made, err := events.Of(o, order.Tell(o, shipped).Timeline)
	require.NoError(t, err)
	return made[len(made)-1]
}
