package main

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"

	"makegood/inventory"
)

// sheetRow is one level to set.
type sheetRow struct {
	Line   int    `json:"line"`
	SKU    string `json:"sku"`
	OnHand int64  `json:"on_hand"`
	Reason string `json:"reason,omitempty"`
}

const (
	skuLimit    = 100
	reasonLimit = 255 // characters
)

// soundSKU and the limits are the gateway's: what it would refuse of a row by
// itself is found before the first row is set.
var soundSKU = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// check returns all that is wrong with the row; units is what it was read from.
func (r sheetRow) check(units string) (wrong []string) {
	if len(r.SKU) > skuLimit || !soundSKU.MatchString(r.SKU) {
		wrong = append(wrong, fmt.Sprintf("sku %s must be 1 to %d letters, digits, dots, dashes or underscores, the first one a letter or digit", clip(r.SKU), skuLimit))
	}
	if r.OnHand < 0 || r.OnHand > inventory.MaxUnits {
		wrong = append(wrong, fmt.Sprintf("on_hand %s must be a whole number, 0 to %d", clip(units), int64(inventory.MaxUnits)))
	}
	if !utf8.ValidString(r.Reason) {
		wrong = append(wrong, fmt.Sprintf("reason %s must be UTF-8", clip(r.Reason)))
	} else if n := utf8.RuneCountInString(r.Reason); n > reasonLimit {
		wrong = append(wrong, fmt.Sprintf("reason must have at most %d characters and has %d", reasonLimit, n))
	}
	return wrong
}

// clip quotes what stands in a file, which may be anything.
func clip(text string) string {
	const most = 40
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strconv.Quote(text)
}

// key is the row's idempotency key under an import's. It stands for what the
// row says and not for its line, so that a file that was mended in between is
// gone on with as well: only what is new in it is done.
func (r sheetRow) key(run string) string {
	says := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", r.SKU, r.OnHand, r.Reason)) // a SKU has no space
	return fmt.Sprintf("import:%s:%x", run, says[:16])
}
