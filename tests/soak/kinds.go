package soak

import (
	"fmt"
	"math/rand/v2"

	"makegood/order"
)

// Kind is a way that an order goes by itself, if nobody meddles.
type Kind struct {
	Name   string
	weight int
	change func(d *rand.Rand, r *order.Request)
	// Ships says that it may complete, and Refused why it may be rejected.
	Ships   bool
	Refused []order.Reason
	// ByHand is the undo that is refused for good, if it comes to it: only a
	// person's word ends it.
	ByHand order.Step
}

// Kinds lists them all. Faults of one order strike its own requests only, as
// pm_sim_… and sim:… ask the simulators for; whatever waits for an undo is
// given something to undo by an address that no parcel reaches.
var Kinds = []Kind{
	{Name: "ships", weight: 26, change: asItIs, Ships: true},
	{Name: "free of charge", weight: 4, change: free, Ships: true},
	{Name: "scarce", weight: 14, change: scarce, Ships: true, Refused: []order.Reason{order.OutOfStock}},
	{Name: "sold out", weight: 4, change: soldOut, Refused: []order.Reason{order.OutOfStock}},
	{Name: "declined", weight: 4, change: declined, Refused: []order.Reason{order.PaymentDeclined}},
	{Name: "undeliverable", weight: 5, change: undeliverable, Refused: []order.Reason{order.Undeliverable}},
	{Name: "free and undeliverable", weight: 2, change: both(free, undeliverable), Refused: []order.Reason{order.Undeliverable}},
	{Name: "payment slow, failing or unheard", weight: 10, change: paymentFault, Ships: true},
	{Name: "parcel slow, failing or unheard", weight: 10, change: parcelFault, Ships: true},
	{Name: "both slow, failing or unheard", weight: 5, change: both(paymentFault, parcelFault), Ships: true},
	{Name: "scarce, with faults", weight: 5, change: both(scarce, both(paymentFault, parcelFault)), Ships: true, Refused: []order.Reason{order.OutOfStock}},
	{Name: "refund slow, failing or unheard", weight: 6, change: both(undeliverable, refundFault), Refused: []order.Reason{order.Undeliverable}},
	{Name: "refund pending", weight: 2, change: both(undeliverable, paidBy("pm_card_pendingRefund")), Refused: []order.Reason{order.Undeliverable}},
	{Name: "refund refused", weight: 2, change: both(undeliverable, paidBy("pm_sim_refuse_undo")), Refused: []order.Reason{order.Undeliverable}, ByHand: order.Refund},
	{Name: "payment only found by looking", weight: 2, change: paidBy("pm_sim_lost_always"), Ships: true},
	{Name: "payment never works", weight: 2, change: paidBy("pm_sim_fail_always")},
	{Name: "carrier never works", weight: 2, change: shippedTo("fail_always")},
	{Name: "fence slow, failing or unheard", weight: 3, change: both(paymentFault, fenceFault), Ships: true},
	// Nothing was shipped that a person says was not.
	{Name: "fence refused", weight: 2, change: both(paidBy("pm_sim_fail_always"), shippedTo("refuse_undo")), ByHand: order.Fence},
}

func both(first, second func(*rand.Rand, *order.Request)) func(*rand.Rand, *order.Request) {
	return func(d *rand.Rand, r *order.Request) {
		first(d, r)
		second(d, r)
	}
}

func asItIs(*rand.Rand, *order.Request) {}

func free(_ *rand.Rand, r *order.Request) {
	for i := range r.Lines {
		r.Lines[i].UnitPrice = 0
	}
}

// scarce asks for what others ask for as well, one SKU twice at times.
func scarce(d *rand.Rand, r *order.Request) {
	r.Lines = nil
	for range 1 + d.IntN(3) {
		r.Lines = append(r.Lines, order.Line{SKU: pick(d, scarceSKUs...), Quantity: 1 + d.Int64N(2), UnitPrice: price(d)})
	}
}

// soldOut asks for a SKU that was never in stock, beside others that were.
func soldOut(d *rand.Rand, r *order.Request) {
	r.Lines = append(r.Lines, order.Line{SKU: "SOAK-NEVER", Quantity: 1, UnitPrice: price(d)})
	d.Shuffle(len(r.Lines), func(i, j int) { r.Lines[i], r.Lines[j] = r.Lines[j], r.Lines[i] })
}

func declined(d *rand.Rand, r *order.Request) {
	r.PaymentMethod = pick(d, "pm_card_chargeDeclined", "pm_card_chargeDeclinedInsufficientFunds", "pm_card_authenticationRequired")
}

func undeliverable(_ *rand.Rand, r *order.Request) { r.ShippingAddress.PostalCode = "00000" }

func paidBy(method string) func(*rand.Rand, *order.Request) {
	return func(_ *rand.Rand, r *order.Request) { r.PaymentMethod = method }
}

func shippedTo(fault string) func(*rand.Rand, *order.Request) {
	return func(_ *rand.Rand, r *order.Request) { r.ShippingAddress.Line1 = "sim:" + fault }
}

func paymentFault(d *rand.Rand, r *order.Request) { r.PaymentMethod = "pm_sim_" + fault(d, "") }

func parcelFault(d *rand.Rand, r *order.Request) { r.ShippingAddress.Line1 = "sim:" + fault(d, "") }

func refundFault(d *rand.Rand, r *order.Request) { r.PaymentMethod = "pm_sim_" + fault(d, "undo_") }

func fenceFault(d *rand.Rand, r *order.Request) {
	r.ShippingAddress.Line1 = "sim:" + fault(d, "undo_")
}

// fault strikes the first few requests, or makes each slower than the lane is long.
func fault(d *rand.Rand, undo string) string {
	if kind := pick(d, "slow", "fail", "lost"); kind != "slow" {
		return fmt.Sprintf("%s_%s%d", kind, undo, 1+d.IntN(3))
	}
	return fmt.Sprintf("slow_%s%d", undo, pick(d, 300, 700, 1200, 2500, 5000))
}
