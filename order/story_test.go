package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"makegood/order"
)

var placedAt = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func sample() order.Order {
	return order.Order{ID: "ord_1", PlacedAt: placedAt, Request: order.Request{
		CustomerID: "cus_42", Currency: "EUR",
		Lines: []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
	}}
}

func done(step order.Step) order.Outcome {
	return order.Outcome{Step: step, At: placedAt.Add(time.Second)}
}

func null(step order.Step) order.Outcome {
	return order.Outcome{Step: step, At: placedAt.Add(time.Second), Null: true}
}

func because(step order.Step, reason order.Reason) order.Outcome {
	return order.Outcome{Step: step, At: placedAt.Add(time.Second), Reason: reason}
}

func waiting(step, on order.Step) order.Outcome {
	return order.Outcome{Step: step, At: placedAt.Add(time.Second), Waiting: on}
}

func types(story order.Story) []order.EventType {
	var all []order.EventType
	for _, e := range story.Timeline {
		all = append(all, e.Type)
	}
	return all
}

func TestTell(t *testing.T) {
	free := sample()
	free.Lines = []order.Line{{SKU: "STICKER", Quantity: 1}}
	tests := []struct {
		name     string
		order    order.Order
		outcomes []order.Outcome
		status   order.Status
		reason   order.Reason
		next     order.Step
		events   []order.EventType
	}{
		{name: "an order begins with its charge", order: sample(),
			status: order.Placed, next: order.Charge, events: []order.EventType{order.EventPlaced}},
		{name: "a free order skips the charge", order: free,
			status: order.Placed, next: order.Reserve, events: []order.EventType{order.EventPlaced}},
		{name: "a happy order ships", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), done(order.Reserve), done(order.Ship), done(order.Commit)},
			status:   order.Completed,
			events:   []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted}},
		{name: "a shipped order has left the pivot behind", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), done(order.Reserve), done(order.Ship)},
			status:   order.Shipped, next: order.Commit,
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled}},
		{name: "a declined order has nothing to undo", order: sample(),
			outcomes: []order.Outcome{because(order.Charge, order.PaymentDeclined)},
			status:   order.Rejected, reason: order.PaymentDeclined,
			events: []order.EventType{order.EventPlaced, order.EventDeclined, order.EventRejected}},
		{name: "a sold out order waits for its refund", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), because(order.Reserve, order.OutOfStock)},
			status:   order.Compensating, reason: order.OutOfStock, next: order.Refund,
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventStockRejected}},
		{name: "a sold out order ends with its refund", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), because(order.Reserve, order.OutOfStock), done(order.Refund)},
			status:   order.Rejected, reason: order.OutOfStock,
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventRefunded, order.EventRejected}},
		{name: "a sold out free order has nothing to undo", order: free,
			outcomes: []order.Outcome{because(order.Reserve, order.OutOfStock)},
			status:   order.Rejected, reason: order.OutOfStock,
			events: []order.EventType{order.EventPlaced, order.EventStockRejected, order.EventRejected}},
		{name: "an undeliverable order is undone in reverse", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), done(order.Reserve), because(order.Ship, order.Undeliverable), done(order.Release), done(order.Refund)},
			status:   order.Rejected, reason: order.Undeliverable,
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentRejected, order.EventReleased, order.EventRefunded, order.EventRejected}},
		{name: "a cancel fences the parcel before it undoes anything", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), because(order.Turn, order.CancelledByShop)},
			status:   order.Compensating, reason: order.CancelledByShop, next: order.Fence,
			events: []order.EventType{order.EventPlaced, order.EventCharged}},
		{name: "a cancel before anything happened announces no undo", order: sample(),
			outcomes: []order.Outcome{because(order.Turn, order.CancelledByShop), null(order.Fence), null(order.Release), null(order.Refund)},
			status:   order.Cancelled, reason: order.CancelledByShop,
			events: []order.EventType{order.EventPlaced, order.EventCancelled}},
		{name: "a charge found only while undoing announces its refund alone", order: sample(),
			outcomes: []order.Outcome{because(order.Turn, order.StepDeadline), null(order.Fence), null(order.Release), done(order.Refund)},
			status:   order.Rejected, reason: order.StepDeadline,
			events: []order.EventType{order.EventPlaced, order.EventRefunded, order.EventRejected}},
		{name: "a late charge after the turn says nothing", order: sample(),
			outcomes: []order.Outcome{because(order.Turn, order.CancelledByShop), done(order.Charge), null(order.Fence)},
			status:   order.Compensating, reason: order.CancelledByShop, next: order.Release,
			events: []order.EventType{order.EventPlaced}},
		{name: "a parcel found by the fence takes the order forward and hears each step again", order: sample(),
			outcomes: []order.Outcome{because(order.Turn, order.CancelledByShop), done(order.Fence), done(order.Charge), done(order.Reserve), done(order.Ship), done(order.Commit)},
			status:   order.Completed,
			events:   []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted}},
		{name: "a parcel found by the fence is shipped before its steps are heard", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), because(order.Turn, order.StepDeadline), done(order.Fence)},
			status:   order.Shipped, next: order.Reserve,
			events: []order.EventType{order.EventPlaced, order.EventCharged}},
		{name: "a fenced step says nothing", order: sample(),
			outcomes: []order.Outcome{because(order.Charge, order.Fenced)},
			status:   order.Placed, next: order.Charge, events: []order.EventType{order.EventPlaced}},
		{name: "a late refund needs attention and is still next", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), because(order.Reserve, order.OutOfStock), waiting(order.Attention, order.Refund)},
			status:   order.NeedsAttention, reason: order.OutOfStock, next: order.Refund,
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventNeedsAttention}},
		{name: "a late refund that succeeds ends the order", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), because(order.Reserve, order.OutOfStock), waiting(order.Attention, order.Refund), done(order.Refund)},
			status:   order.Rejected, reason: order.OutOfStock,
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventNeedsAttention, order.EventRefunded, order.EventRejected}},
		{name: "a refund settled by hand ends the order", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), because(order.Reserve, order.OutOfStock), waiting(order.Attention, order.Refund), waiting(order.Settle, order.Refund)},
			status:   order.Rejected, reason: order.OutOfStock,
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventNeedsAttention, order.EventSettled, order.EventRejected}},
		{name: "a late release goes back to compensating when it succeeds", order: sample(),
			outcomes: []order.Outcome{done(order.Charge), done(order.Reserve), because(order.Ship, order.Undeliverable), waiting(order.Attention, order.Release), done(order.Release)},
			status:   order.Compensating, reason: order.Undeliverable, next: order.Refund,
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentRejected, order.EventNeedsAttention, order.EventReleased}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			story := order.Tell(tt.order, tt.outcomes)
			require.Equal(t, tt.status, story.Status)
			require.Equal(t, tt.reason, story.Reason)
			require.Equal(t, tt.next, story.Next)
			require.Equal(t, tt.events, types(story))
		})
	}
}

// A lane that found every step successful announced the order and may have
// vanished. Whatever its order goes through, what is announced until somebody
// says no are those events, in their order.
func TestTellAnnouncesNothingElseWhileEveryStepMayHaveTakenEffect(t *testing.T) {
	steps := []order.Step{order.Charge, order.Reserve, order.Ship, order.Commit, order.Fence, order.Turn, order.Attention}
	happy := []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted}
	rapid.Check(t, func(t *rapid.T) {
		var outcomes []order.Outcome
		for range rapid.IntRange(1, 15).Draw(t, "outcomes") {
			story := order.Tell(sample(), outcomes)
			outcome := order.Outcome{Step: rapid.SampledFrom(steps).Draw(t, "step"), At: placedAt}
			if outcome.Step == order.Attention && !story.Turned && !story.Forward {
				outcome.Step = order.Commit // only what must succeed needs attention
			}
			switch outcome.Step {
			case order.Turn:
				outcome.Reason = order.CancelledByShop
			case order.Attention:
				outcome.Waiting = story.Next
			case order.Charge, order.Reserve, order.Ship, order.Commit:
				if outcome.Step = story.Next; story.Turned { // one step after the other
					outcome.Step = order.Fence
				}
			}
			outcomes = append(outcomes, outcome)
			got := types(order.Tell(sample(), outcomes))
			require.Equal(t, happy[:len(got)], got)
		}
	})
}

// An announced event stays: whatever is recorded next, the timeline keeps its
// beginning, counts without gaps and closes at most once, at its end.
func TestTellOnlyGrowsItsTimeline(t *testing.T) {
	steps := []order.Step{order.Charge, order.Reserve, order.Ship, order.Commit, order.Turn, order.Fence, order.Release, order.Refund, order.Attention, order.Settle}
	reasons := []order.Reason{"", "", "", order.PaymentDeclined, order.OutOfStock, order.Undeliverable, order.CancelledByShop, order.StepDeadline, order.Fenced}
	rapid.Check(t, func(t *rapid.T) {
		o := sample()
		var outcomes []order.Outcome
		before := order.Tell(o, nil)
		for range rapid.IntRange(1, 25).Draw(t, "outcomes") {
			outcome := order.Outcome{
				Step:   rapid.SampledFrom(steps).Draw(t, "step"),
				Reason: rapid.SampledFrom(reasons).Draw(t, "reason"),
				Null:   rapid.Bool().Draw(t, "null"),
				At:     placedAt,
			}
			if outcome.Step == order.Attention || outcome.Step == order.Settle {
				outcome.Waiting = rapid.SampledFrom(steps).Draw(t, "waiting")
			}
			outcomes = append(outcomes, outcome)
			story := order.Tell(o, outcomes)
			require.Equal(t, before.Timeline, story.Timeline[:len(before.Timeline)])
			if before.Status.Final() {
				require.Equal(t, before, story)
			}
			for i, e := range story.Timeline {
				require.Equal(t, i+1, e.Sequence)
				terminal := e.Type == order.EventCompleted || e.Type == order.EventRejected || e.Type == order.EventCancelled
				require.Equal(t, terminal, story.Status.Final() && i == len(story.Timeline)-1, "%s at %d", e.Type, i)
			}
			require.Equal(t, story.Status.Final(), story.Next == "")
			require.Equal(t, story.Status == order.NeedsAttention, story.Attention != nil)
			before = story
		}
	})
}
