package workflows

import (
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"makegood/order"
)

// taskTimeout is how long a worker that died keeps a task from the next one.
// It must exceed the lane (1 s) and the lane's publish (250 ms) by enough for
// a loaded machine, or a task would be taken away while it still works.
const taskTimeout = 5 * time.Second

// StartOptions starts the saga of o once: an id that was ever used, with this
// body or another, is refused with WorkflowExecutionAlreadyStarted. No
// workflow timeout is set, since it would stop compensations.
func StartOptions(o order.Order) client.StartWorkflowOptions {
	options := startOptions(string(o.ID), o, order.Placed)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	return options
}

// UnwindOptions starts the unwinding of an order, once: unless it was itself
// ended from outside, a second one is refused with
// WorkflowExecutionAlreadyStarted.
func UnwindOptions(in Unwinding) client.StartWorkflowOptions {
	story := order.Tell(in.Order, in.Outcomes)
	options := startOptions(UnwindID(in.Order.ID), in.Order, story.Status)
	if story.Reason != "" {
		options.TypedSearchAttributes = temporal.NewSearchAttributes(options.TypedSearchAttributes.Copy(), SagaReason.ValueSet(string(story.Reason)))
	}
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	options.StaticSummary = line("unwind what was terminated: " + options.StaticSummary)
	return options
}

func startOptions(id string, o order.Order, status order.Status) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                                       id,
		TaskQueue:                                TaskQueue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		WorkflowTaskTimeout:                      taskTimeout,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			SagaStatus.ValueSet(string(status)),
			CustomerID.ValueSet(o.CustomerID),
			OrderTotal.ValueSet(o.Total().Amount),
			OrderSKU.ValueSet(listed(o)),
		),
		Memo: map[string]any{
			FingerprintMemo: o.Fingerprint(),
			CurrencyMemo:    o.Currency,
		},
		StaticSummary: line(fmt.Sprintf("%s for %s: %s", o.Total(), o.CustomerID, units(o))),
		StaticDetails: describeRequest(o),
	}
}

// largestValue is how many bytes of one search attribute a server takes unless
// its frontend.searchAttributesSizeOfValueLimit says otherwise.
const largestValue = 2 * 1024

// listed are the SKUs by which the order is found: as many as fit, from the
// first line on. All of an order's fit, unless it has dozens of long ones.
func listed(o order.Order) []string {
	var skus []string
	size := len("[]")
	for _, l := range o.Quantities() {
		size += len(l.SKU) + len(`"",`)
		if size > largestValue {
			break
		}
		skus = append(skus, l.SKU)
	}
	return skus
}
