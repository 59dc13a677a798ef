// Package faults_test takes makegood's servers away, loses its replies and
// kills its processes, and wants the books right in the end.
package faults_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"makegood/tests/harness"
)

// long says that tests play all that they are for, and not a part of it.
var long = os.Getenv("MAKEGOOD_LONG") != ""

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// some of n things, as indices: each third, beginning with any of the first
// three, and in the long run all of them.
func some(n int) (indices []int) {
	first, step := rand.IntN(3), 3
	if long {
		first, step = 0, 1
	}
	for i := min(first, n-1); i < n; i += step {
		indices = append(indices, i)
	}
	return indices
}
