// Package matrix_test is the failure matrix: every way in which a step can
// fail against every way in which its undoing can go, on real servers. One
// table generates the cells, and docs/saga.md shows it.
package matrix_test

import (
	"flag"
	"os"
	"testing"

	"makegood/tests/harness"
)

var update = flag.Bool("update", false, "write the table into docs/saga.md")

// The worker of the matrix is this binary, run again: only so can a step be
// struck at a precise point, and the process be killed there.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		os.Exit(runWorker())
	}
	flag.Parse()
	os.Exit(harness.Main(m))
}
