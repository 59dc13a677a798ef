// Package rollout_test plays releases: an old and a new binary side by side on
// real servers, the new one unable to go on with what the old one began.
package rollout_test

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"makegood/tests/harness"
)

var long = os.Getenv("MAKEGOOD_LONG") != ""

// builtIn is where the new binary is built.
var builtIn string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if builtIn, err = os.MkdirTemp("", "makegood-new-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(builtIn) }()
	return harness.Main(m)
}

// newBinary is of a saga whose first command is not the one that the histories
// of today's have: its workers can't go on with any order of theirs.
var newBinary = sync.OnceValues(func() (string, error) {
	return harness.BuildChanged(builtIn, harness.Change{
		File:   "workflows/order.go",
		Before: "\t\ts.runLane()\n",
		After:  "\t\tworkflow.SideEffect(ctx, func(workflow.Context) any { return \"new\" })\n\t\ts.runLane()\n",
	})
})
