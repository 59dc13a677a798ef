package events_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/contracts"
	"makegood/events/contracts/strict"
	"makegood/order"
)

var placedAt = time.Date(2026, 3, 1, 9, 30, 0, 123456789, time.UTC)

func sample() order.Order {
	return order.Order{
		ID: "ord_sample", PlacedAt: placedAt,
		Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		Request: order.Request{
			CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR", PaymentMethod: "pm_card_visa",
			Lines:           []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
			ShippingAddress: order.Address{Name: "Ada", Line1: "1 Main St", City: "Berlin", PostalCode: "10115", Country: "DE"},
		},
	}
}

// stories are outcomes that between them make every type of event.
var stories = map[string][]order.Outcome{
	"shipped": {
		{Step: order.Charge, At: after(1), Reference: "pi_1", Amount: 2500},
		{Step: order.Reserve, At: after(2)},
		{Step: order.Ship, At: after(3), Reference: "par_1", Tracking: "TRK1"},
		{Step: order.Commit, At: after(4)},
	},
	"declined": {{Step: order.Charge, At: after(1), Reason: order.PaymentDeclined, Detail: "Your card was declined."}},
	"sold out": {
		{Step: order.Charge, At: after(1), Reference: "pi_1", Amount: 2500},
		{Step: order.Reserve, At: after(2), Reason: order.OutOfStock, Shortages: []order.Shortage{{SKU: "MUG-BLUE", Asked: 2}}},
		{Step: order.Refund, At: after(3), Reference: "re_1", Amount: 2500},
	},
	"undeliverable": {
		{Step: order.Charge, At: after(1), Reference: "pi_1", Amount: 2500},
		{Step: order.Reserve, At: after(2)},
		{Step: order.Ship, At: after(3), Reason: order.Undeliverable, Detail: "no such place"},
		{Step: order.Release, At: after(4)},
		{Step: order.Refund, At: after(5), Reference: "re_1", Amount: 2500},
	},
	"cancelled, and the refund settled by hand": {
		{Step: order.Charge, At: after(1), Reference: "pi_1", Amount: 2500},
		{Step: order.Reserve, At: after(2)},
		{Step: order.Turn, At: after(3), Reason: order.CancelledByShop},
		{Step: order.Fence, At: after(4), Null: true},
		{Step: order.Release, At: after(5)},
		{Step: order.Attention, At: after(6), Waiting: order.Refund, Detail: "refund refused"},
		{Step: order.Settle, At: after(7), Waiting: order.Refund, By: "grace", Note: "paid back by bank", Reference: "SEPA-7"},
	},
	"out of time": {
		{Step: order.Charge, At: after(1), Reference: "pi_1", Amount: 2500},
		{Step: order.Turn, At: after(2), Reason: order.StepDeadline},
		{Step: order.Fence, At: after(3), Null: true},
		{Step: order.Release, At: after(4), Null: true},
		{Step: order.Refund, At: after(5), Reference: "re_1", Amount: 2500},
	},
}

func after(seconds int) time.Time { return placedAt.Add(time.Duration(seconds) * time.Second) }

func TestEveryTypeHasAContractThatItsEventsKeep(t *testing.T) {
	seen := map[string]bool{}
	for name, outcomes := range stories {
		story := order.Tell(sample(), outcomes)
		require.True(t, story.Status.Final(), name)
		made, err := events.Of(sample(), story.Timeline)
		require.NoError(t, err)
		for _, e := range made {
			seen[string(e.Type)] = true
			require.NoError(t, strict.Check(e.Body), "%s: %s", name, e.Body)
		}
	}
	for _, eventType := range order.EventTypes {
		require.True(t, seen[string(eventType)], "no story makes %s", eventType)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(seen)), contracts.Types())
}

func TestAnEventOfATypeWithoutAContractIsNotMade(t *testing.T) {
	_, err := events.Of(sample(), []order.Entry{{Sequence: 1, Type: "order.lost", At: placedAt}})
	require.ErrorContains(t, err, `no contract for events of type "order.lost"`)
}

func TestAnEventIsTheSameBytesWhateverItIsMadeWith(t *testing.T) {
	story := order.Tell(sample(), stories["cancelled, and the refund settled by hand"])
	together, err := events.Of(sample(), story.Timeline)
	require.NoError(t, err)

	// As a later attempt has it: through JSON, in another zone, one by one.
	text, err := json.Marshal(story.Timeline)
	require.NoError(t, err)
	var entries []order.Entry
	require.NoError(t, json.Unmarshal(text, &entries))
	for i, entry := range entries {
		entry.At = entry.At.In(time.FixedZone("elsewhere", 7200))
		alone, err := events.Of(sample(), []order.Entry{entry})
		require.NoError(t, err)
		require.Equal(t, string(together[i].Body), string(alone[0].Body))
	}
}

func TestAnEnvelopeCarriesTheAgreedAttributes(t *testing.T) {
	made, err := events.Of(sample(), order.Tell(sample(), stories["shipped"]).Timeline)
	require.NoError(t, err)
	ids := map[string]bool{}
	for i, e := range made {
		var envelope map[string]any
		require.NoError(t, json.Unmarshal(e.Body, &envelope))
		delete(envelope, "data")
		require.Equal(t, map[string]any{
			"specversion": "1.0", "id": e.ID, "source": "makegood", "type": string(e.Type), "subject": "ord_sample",
			"time": after(i).Format(time.RFC3339Nano), "datacontenttype": "application/json",
			"dataschema": "https://makegood.dev/schemas/" + string(e.Type) + "/1", "correlationid": "ord_sample",
			"traceparent": sample().Traceparent, "sequence": strconv.Itoa(i + 1),
		}, envelope)
		ids[e.ID] = true
	}
	require.Len(t, ids, 5)
	require.NotEqual(t, events.ID("ord_1", 11), events.ID("ord_11", 1))
}

func TestATerminalEventSaysWhy(t *testing.T) {
	for name, want := range map[string]order.Reason{
		"shipped": "", "declined": order.PaymentDeclined, "sold out": order.OutOfStock,
		"undeliverable": order.Undeliverable, "out of time": order.StepDeadline,
		"cancelled, and the refund settled by hand": order.CancelledByShop,
	} {
		made, err := events.Of(sample(), order.Tell(sample(), stories[name]).Timeline)
		require.NoError(t, err)
		data, err := events.DataOf(made[len(made)-1])
		require.NoError(t, err)
		require.Equal(t, want, data.Reason, name)
	}
}

func FuzzDecode(f *testing.F) {
	for _, outcomes := range stories {
		made, err := events.Of(sample(), order.Tell(sample(), outcomes).Timeline)
		require.NoError(f, err)
		for _, e := range made {
			f.Add(e.Body)
		}
	}
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"x","type":"t","subject":"s","sequence":"01","data":{}}`))
	f.Add([]byte(`{"data_base64":"e30=","\u0069d":"1","specversion":"1.0","source":"x","type":"t","subject":"s","sequence":"1"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		requireJudged(t, body)
		e, err := events.Decode(body)
		if err != nil {
			require.True(t, events.IsPermanent(err), "a body never gets better: %v", err)
			return
		}
		require.NotEmpty(t, e.ID)
		require.NotEmpty(t, e.Subject)
		require.Positive(t, e.Sequence)
		again, err := events.Decode(e.Body)
		require.NoError(t, err)
		require.Equal(t, e, again)
		_, _ = events.DataOf(e) // may refuse, must not panic
	})
}
