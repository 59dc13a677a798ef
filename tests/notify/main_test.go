// Package notify_test takes the broker away, kills the node that leads a queue
// and strikes the notifier while customers order, and wants every event and
// every mail there in the end, and none of them twice.
package notify_test

import (
	"os"
	"testing"

	"makegood/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// long says that tests play all that they are for, and not a short piece of it.
var long = os.Getenv("MAKEGOOD_LONG") != ""
