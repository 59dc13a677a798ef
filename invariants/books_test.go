package invariants_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/invariants"
	"makegood/order"
)

// The orders of the sound books: one of each way that an order ends.
const (
	ships         order.ID = "ord_ships"
	declined      order.ID = "ord_declined"
	undeliverable order.ID = "ord_undeliverable"
	byHand        order.ID = "ord_by_hand"
	cancelled     order.ID = "ord_cancelled"
)

var stories = []struct {
	id       order.ID
	sku      string
	outcomes []order.Outcome
}{
	{ships, "MUG", []order.Outcome{{Step: order.Charge}, {Step: order.Reserve}, {Step: order.Ship}, {Step: order.Commit}}},
	{declined, "CUP", []order.Outcome{{Step: order.Charge, Reason: order.PaymentDeclined}}},
	{undeliverable, "CUP", []order.Outcome{
		{Step: order.Charge},
		{Step: order.Reserve},
		{Step: order.Ship, Reason: order.Undeliverable},
		{Step: order.Release},
		{Step: order.Refund},
	}},
	{byHand, "CUP", []order.Outcome{
		{Step: order.Charge},
		{Step: order.Reserve, Reason: order.OutOfStock},
		{Step: order.Attention, Waiting: order.Refund},
		{Step: order.Settle, Waiting: order.Refund, By: "Grace", Note: "bank transfer", Reference: "4711"},
	}},
	{cancelled, "CUP", []order.Outcome{
		{Step: order.Turn, Reason: order.CancelledByShop},
		{Step: order.Fence, Null: true},
		{Step: order.Release, Null: true},
		{Step: order.Refund, Null: true},
	}},
}

// told are the events of each order.
var told = map[order.ID][]events.Event{}

// books are ledgers with words to break them.
type books struct{ invariants.Ledgers }

func soundBooks(t *testing.T) *books {
	t.Helper()
	b := &books{invariants.Ledgers{AtRest: true, Stock: []invariants.Stock{
		{SKU: "MUG", OnHand: 8, Added: 10}, {SKU: "CUP", OnHand: 10, Added: 10},
	}}}
	for _, s := range stories {
		o := order.Order{ID: s.id, PlacedAt: time.Unix(1, 0), Request: order.Request{
			CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR",
			Lines: []order.Line{{SKU: s.sku, Quantity: 2, UnitPrice: 1250}},
		}}
		story := order.Tell(o, s.outcomes)
		made, err := events.Of(o, story.Timeline)
		require.NoError(t, err)
		told[s.id] = slices.Clone(made)
		b.Events = append(b.Events, made...)
		b.Events = append(b.Events, made[0]) // a repeat is no harm
		b.Orders = append(b.Orders, invariants.Order{ID: s.id, Status: story.Status, Total: 2500, Units: map[string]int64{s.sku: 2}})
	}
	b.capture("pi_ships", ships, 2500)
	b.Intents = append(b.Intents, invariants.Intent{ID: "pi_declined", Order: declined, Status: "canceled"})
	b.capture("pi_undeliverable", undeliverable, 2500)
	b.refundOf("pi_undeliverable", 2500)
	b.capture("pi_by_hand", byHand, 2500)
	b.parcel(ships)
	return b
}

func (b *books) capture(intent string, id order.ID, amount int64) {
	b.Intents = append(b.Intents, invariants.Intent{ID: intent, Order: id, Taken: amount, Status: "succeeded"})
}

func (b *books) intent(id order.ID) *invariants.Intent {
	return &b.Intents[slices.IndexFunc(b.Intents, func(i invariants.Intent) bool { return i.Order == id })]
}

func (b *books) forget(id order.ID) {
	b.Intents = slices.DeleteFunc(b.Intents, func(i invariants.Intent) bool { return i.Order == id })
}

func (b *books) refund(id order.ID, amount int64, status string) {
	b.refundOf(b.intent(id).ID, amount)
	b.Refunds[len(b.Refunds)-1].Status = status
}

func (b *books) refundOf(intent string, amount int64) {
	id := fmt.Sprintf("re_%d", len(b.Refunds)+1)
	b.Refunds = append(b.Refunds, invariants.Refund{ID: id, Intent: intent, Amount: amount, Status: "succeeded"})
}

func (b *books) parcel(id order.ID) {
	b.Parcels = append(b.Parcels, invariants.Parcel{ID: fmt.Sprintf("shp_%d", len(b.Parcels)+1), Order: id})
}

func (b *books) drop(id order.ID, sequence int) {
	b.Events = slices.DeleteFunc(b.Events, func(e events.Event) bool { return e.Subject == id && e.Sequence == sequence })
}

func (b *books) tell(id order.ID, sequence int, said order.EventType) {
	b.Events = append(b.Events, events.Event{
		ID: fmt.Sprintf("evt_%s_%d", said, sequence), Type: said, Subject: id, Sequence: sequence,
	})
}
