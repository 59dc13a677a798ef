// Package stock_test sells out under load and failures, takes away what the
// stock has on record, and wants the audit to find and mend it.
package stock_test

import (
	"os"
	"testing"

	"makegood/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
