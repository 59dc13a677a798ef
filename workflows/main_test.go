package workflows_test

import (
	"testing"

	"go.uber.org/goleak"
)

// The SDK's test environment leaves goroutines of its own behind where an
// activity that it retries is given up.
const sdkEnvironment = "go.temporal.io/sdk/internal.(*testWorkflowEnvironmentImpl)."

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(sdkEnvironment+"executeActivityWithRetryForTest"),
		goleak.IgnoreAnyFunction(sdkEnvironment+"ExecuteActivity.func2"))
}
