package workflows_test

import (
	"testing"

	"go.uber.org/goleak"
)

// The SDK's test environment leaves goroutines of its own behind where an
// activity that it retries is given up.
const environment = "go.temporal.io/sdk/internal.(*testWorkflowEnvironmentImpl)."

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(environment+"executeActivityWithRetryForTest"),
		goleak.IgnoreAnyFunction(environment+"ExecuteActivity.func2"))
}
