package notifications

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"makegood/order"
)

// Money is an amount in a mail. It reads as customers of the locale write it;
// Amount and Currency are the raw ones.
type Money struct {
	order.Money
	shown string
}

// String is the amount as customers write it: 12,50 € in German.
func (m Money) String() string { return m.shown }

// locale writes amounts as its people do.
type locale struct {
	printer *message.Printer
	pattern string
}

// parseLocale reads MAIL_LOCALE; empty means English.
func parseLocale(text string) (locale, error) {
	if text == "" {
		text = "en"
	}
	tag, err := language.Parse(text)
	if err != nil {
		return locale{}, fmt.Errorf("MAIL_LOCALE must be a BCP 47 tag such as en, de-CH or pt-BR, not %q", text)
	}
	if base, _, region := tag.Raw(); base.String() == "no" {
		// Norwegian without more means Bokmål, and x/text has only that.
		tag, _ = language.Compose(tag, language.MustParseBase("nb"), region)
	}
	return locale{printer: message.NewPrinter(tag), pattern: patternOf(tag)}, nil
}

// show writes the amount with its currency's symbol, or the code where the
// locale has none. How many decimals there are is the order's word, which is
// the payment provider's too; x/text would round some of them away.
func (l locale) show(m order.Money) Money {
	digits := m.Digits()
	// A float is exact here: what formats it rounds to the decimals that it
	// was made from, and order.MaxTotal has 8 digits of the 15 that it keeps.
	amount := float64(m.Amount) / math.Pow10(digits)
	written := l.printer.Sprint(number.Decimal(amount, number.Scale(digits)))
	symbol := m.Currency
	if unit, err := currency.ParseISO(m.Currency); err == nil {
		symbol = l.printer.Sprint(currency.Symbol(unit))
	}
	return Money{Money: m, shown: fill(l.pattern, written, symbol)}
}

// fill puts number and symbol into the pattern. A symbol that ends in a letter
// where the number begins, or the other way round, gets a space between, as
// CLDR's rule for spacing has it: CHF 12.50 beside $12.50.
func fill(pattern, written, symbol string) string {
	first, _ := utf8.DecodeRuneInString(symbol)
	last, _ := utf8.DecodeLastRuneInString(symbol)
	if unicode.IsLetter(last) {
		pattern = strings.Replace(pattern, "¤#", "¤\u00a0#", 1)
	}
	if unicode.IsLetter(first) {
		pattern = strings.Replace(pattern, "#¤", "#\u00a0¤", 1)
	}
	return strings.NewReplacer("#", written, "¤", symbol).Replace(pattern)
}
