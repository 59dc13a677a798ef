// Package incidents_test stages what wakes the person on call, the way it
// happens in life, on real servers and the real binary. The incident is then
// found, explained and ended by the commands of its page in docs/runbook, and by
// nothing else: what the page says that they print is what they have to print.
package incidents_test

import (
	"os"
	"testing"

	"makegood/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
