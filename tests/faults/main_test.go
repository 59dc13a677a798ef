// Package faults_test takes makegood's servers away, loses its replies and
// kills its processes, and wants the books right in the end.
package faults_test

import (
	"os"
	"testing"

	"makegood/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
