package audit

import (
	"makegood/history"
	"makegood/inventory"
)

// DueOf is dueOf, with what will do and what it is put in otherwise.
func DueOf(r history.Recorded) (fine []inventory.State, target inventory.State, ok bool) {
	d, ok := dueOf(r)
	return d.any, d.target, ok
}

// Fits is fits.
var Fits = fits
