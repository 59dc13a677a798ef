package order

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxTotal is the largest charge in minor units that Stripe takes:
// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts.
const MaxTotal = 99_999_999

// Money is an amount in the currency's minor unit: 1250 EUR is 12.50 euro.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// String writes the amount with its decimals and code: "12.50 EUR".
func (m Money) String() string {
	digits := m.Digits()
	if digits == 0 {
		return fmt.Sprintf("%d %s", m.Amount, m.Currency)
	}
	sign, amount := "", m.Amount
	if amount < 0 {
		sign, amount = "-", -amount
	}
	text := strconv.FormatInt(amount, 10)
	if short := digits + 1 - len(text); short > 0 {
		text = strings.Repeat("0", short) + text
	}
	point := len(text) - digits
	return sign + text[:point] + "." + text[point:] + " " + m.Currency
}

// IsCurrency tells whether code is an active ISO 4217 currency.
func IsCurrency(code string) bool {
	return len(code) == 3 && strings.Contains(currencies, " "+code+" ")
}

// Digits is how many of the amount's last digits are decimals: 2 for EUR, 0 for
// JPY, 3 for KWD.
func (m Money) Digits() int {
	switch {
	case strings.Contains(withoutMinor, " "+m.Currency+" "):
		return 0
	case strings.Contains(withThousandths, " "+m.Currency+" "):
		return 3
	default:
		return 2
	}
}

// The active codes of ISO 4217 (list one), without metals, funds and tests.
const (
	currencies = " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG "

	withoutMinor    = " BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF "
	withThousandths = " BHD IQD JOD KWD LYD OMR TND "
)
