package audit_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"makegood/audit"
	"makegood/inventory"
	"makegood/order"
	"makegood/workflows"
)

// No history is read of an order whose record fits what the list shows of it.
func TestARecordFitsTheStatusThatTheListShows(t *testing.T) {
	const ended = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	states := []inventory.State{inventory.Unrecorded, inventory.Held, inventory.Short, inventory.Committed, inventory.Released, inventory.Fenced}
	for _, row := range []struct {
		name   string
		run    enumspb.WorkflowExecutionStatus
		status order.Status
		reason order.Reason
		fit    []inventory.State
	}{
		{"completed", ended, order.Completed, "", []inventory.State{inventory.Committed}},
		{"declined, so that the stock never heard of it", ended, order.Rejected, order.PaymentDeclined,
			[]inventory.State{inventory.Unrecorded, inventory.Short, inventory.Released, inventory.Fenced}},
		{"sold out", ended, order.Rejected, order.OutOfStock, []inventory.State{inventory.Short, inventory.Released, inventory.Fenced}},
		{"undeliverable, so that a tombstone has to be there", ended, order.Rejected, order.Undeliverable,
			[]inventory.State{inventory.Short, inventory.Released, inventory.Fenced}},
		{"cancelled", ended, order.Cancelled, order.CancelledByShop, []inventory.State{inventory.Short, inventory.Released, inventory.Fenced}},
		{"under way, as the list has it", ended, order.Shipped, "", nil},
		{"without a status", ended, "", "", nil},
		{"terminated", enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, order.Completed, "", nil},
		{"running", enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, order.Completed, "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			listed := &workflowpb.WorkflowExecutionInfo{Status: row.run, SearchAttributes: attributes(t, row.status, row.reason)}
			for _, state := range states {
				fits := false
				for _, fit := range row.fit {
					fits = fits || fit == state
				}
				require.Equal(t, fits, audit.Fits(listed, state), fmt.Sprintf("it is %q", state))
			}
		})
	}
}

// attributes are the order's, without those that it hasn't.
func attributes(t *testing.T, status order.Status, reason order.Reason) *commonpb.SearchAttributes {
	t.Helper()
	fields := map[string]*commonpb.Payload{}
	for name, value := range map[string]string{workflows.SagaStatus.GetName(): string(status), workflows.SagaReason.GetName(): string(reason)} {
		if value == "" {
			continue
		}
		payload, err := converter.GetDefaultDataConverter().ToPayload(value)
		require.NoError(t, err)
		fields[name] = payload
	}
	return &commonpb.SearchAttributes{IndexedFields: fields}
}
