package main

import (
	"os"
	"runtime/debug"
)

// gcPercent has the heap grow to five times what is in use before it is
// collected: a role holds some 30 MB, and collecting at twice that takes a good
// tenth of an order's CPU time. docs/adr/0024 has what it costs.
const gcPercent = 400

// collectLess leaves alone what GOGC says.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
