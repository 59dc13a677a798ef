package replay_test

import (
	"os"
	"testing"

	"makegood/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
