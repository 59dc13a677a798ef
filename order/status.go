package order

// Status is where an order stands. It is computed by Tell and stored nowhere
// else but in the SagaStatus search attribute.
type Status string

const (
	// Placed is an accepted order: no step has settled yet.
	Placed Status = "placed"
	// Charged follows the payment's capture; an order of total 0 skips it.
	Charged Status = "charged"
	// Reserved follows the hold on the stock of every line.
	Reserved Status = "reserved"
	// Shipped follows the carrier's acceptance: from here on an order only goes forward.
	Shipped Status = "shipped"
	// Completed is final: the held units have left the stock.
	Completed Status = "completed"
	// Compensating is an order that turned back and is being made good.
	Compensating Status = "compensating"
	// Rejected is final: a step refused or ran out of time, and all was undone.
	Rejected Status = "rejected"
	// Cancelled is final: the shop or an operator took the order back, and all was undone.
	Cancelled Status = "cancelled"
	// NeedsAttention is an order whose compensation, or commit, waits for a
	// person. It keeps retrying, and leaves this status when that succeeds.
	NeedsAttention Status = "needs_attention"
)

// Statuses lists every status in the order of a saga's life.
var Statuses = []Status{Placed, Charged, Reserved, Shipped, Completed, Compensating, NeedsAttention, Rejected, Cancelled}

// Final tells whether the status never changes again.
func (s Status) Final() bool {
	return s == Completed || s == Rejected || s == Cancelled
}
