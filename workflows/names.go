package workflows

import (
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"makegood/order"
)

const (
	// OrderWorkflow is the type of the saga. Its workflow id is the order id.
	OrderWorkflow = "Order"
	// UnwindWorkflow is the type of the saga that makes good what an order
	// touched whose own workflow was terminated. Its id is UnwindID.
	UnwindWorkflow = "Unwind"
	// RecallActivity takes nothing and returns Recalled: what the run before the
	// newest reset of the calling workflow had recorded.
	RecallActivity = "Recall"
	// TaskQueue is where workers of all steps listen.
	TaskQueue = "orders"
	// CancelUpdate takes no argument. Its refusals are application errors
	// whose type is AlreadyShipped or AlreadyRejected.
	CancelUpdate = "cancel"

	// SettleUpdate takes a Word. Its refusals are application errors whose type
	// is NothingToSettle, InvalidWord or TooManyActions.
	SettleUpdate = "settle"

	// AlreadyShipped refuses a cancel once the carrier has the parcel.
	AlreadyShipped = "already_shipped"
	// AlreadyRejected refuses a cancel of an order that is being rejected.
	AlreadyRejected = "already_rejected"

	// NothingToSettle refuses a word on an order, or on a step of it, that
	// waits for nobody.
	NothingToSettle = "nothing_to_settle"
	// InvalidWord refuses a Word that says neither.
	InvalidWord = "invalid_word"
	// TooManyActions refuses what people ask of one order beyond MaxActions.
	TooManyActions = "too_many_actions"
	// MaxActions bounds the history that cancels and words add.
	MaxActions = 1000

	// FingerprintMemo holds order.Request.Fingerprint of what was started, so
	// that another body under the same id is told from a retry.
	FingerprintMemo = "fingerprint"
	// CurrencyMemo holds the currency of OrderTotal.
	CurrencyMemo = "currency"
)

// UnwindID is the workflow id of the order's unwinding.
func UnwindID(id order.ID) string { return unwinding + string(id) }

// OrderOf is the order that a workflow of this id is about.
func OrderOf(workflowID string) order.ID {
	return order.ID(strings.TrimPrefix(workflowID, unwinding))
}

const unwinding = "unwind/"

// The search attributes that the saga sets; `makegood setup` registers them.
var (
	SagaStatus = temporal.NewSearchAttributeKeyKeyword("SagaStatus")
	SagaReason = temporal.NewSearchAttributeKeyKeyword("SagaReason")
	CustomerID = temporal.NewSearchAttributeKeyKeyword("CustomerId")
	// OrderTotal is in the minor unit of the currency in the memo.
	OrderTotal = temporal.NewSearchAttributeKeyInt64("OrderTotal")
	// OrderSKU has the order's SKUs, or the first of them: see listed.
	OrderSKU = temporal.NewSearchAttributeKeyKeywordList("OrderSku")
)

// SearchAttributes are the kinds of all of them by name, as a server registers
// them.
func SearchAttributes() map[string]enumspb.IndexedValueType {
	kinds := map[string]enumspb.IndexedValueType{}
	for _, key := range []temporal.SearchAttributeKey{SagaStatus, SagaReason, CustomerID, OrderTotal, OrderSKU} {
		kinds[key.GetName()] = key.GetValueType()
	}
	return kinds
}
