// Package e2e_test runs whole orders against real servers and the real binary,
// and looks at what they left: money, stock, parcels, mails, events and the
// workflow's history.
package e2e_test

import (
	"os"
	"testing"

	"makegood/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
