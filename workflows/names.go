package workflows

import "go.temporal.io/sdk/temporal"

const (
	// OrderWorkflow is the type of the saga. Its workflow id is the order id.
	OrderWorkflow = "Order"
	// TaskQueue is where workers of all steps listen.
	TaskQueue = "orders"
	// CancelUpdate takes no argument. Its refusals are application errors
	// whose type is AlreadyShipped or AlreadyRejected.
	CancelUpdate = "cancel"

	// AlreadyShipped refuses a cancel once the carrier has the parcel.
	AlreadyShipped = "already_shipped"
	// AlreadyRejected refuses a cancel of an order that a step has refused.
	AlreadyRejected = "already_rejected"

	// FingerprintMemo holds order.Request.Fingerprint of what was started, so
	// that another body under the same id is told from a retry.
	FingerprintMemo = "fingerprint"
	// CurrencyMemo holds the currency of OrderTotal.
	CurrencyMemo = "currency"
)

// The search attributes that the saga sets; `makegood setup` registers them.
var (
	SagaStatus = temporal.NewSearchAttributeKeyKeyword("SagaStatus")
	SagaReason = temporal.NewSearchAttributeKeyKeyword("SagaReason")
	CustomerID = temporal.NewSearchAttributeKeyKeyword("CustomerId")
	// OrderTotal is in the minor unit of the currency in the memo.
	OrderTotal = temporal.NewSearchAttributeKeyInt64("OrderTotal")
)
