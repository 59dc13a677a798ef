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

// TargetFor is what a record is put in that the history had closed then.
func TargetFor(r history.Recorded, record inventory.Record) (inventory.State, bool) {
	d, _ := dueOf(r)
	return d.targetFor(record)
}
