package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/workflows"
)

func done(step order.Step) order.Outcome { return order.Outcome{Step: step, At: at} }

func refusedBy(step order.Step, reason order.Reason) order.Outcome {
	return order.Outcome{Step: step, At: at, Reason: reason}
}

func TestUnwind(t *testing.T) {
	null := map[order.Step][]answer{order.Fence: {nothing(order.Fence)}, order.Release: {nothing(order.Release)}, order.Refund: {nothing(order.Refund)}}
	cancelled := workflows.Result{Status: order.Cancelled, Reason: order.Terminated}
	tests := []struct {
		name     string
		recorded []order.Outcome
		script   map[order.Step][]answer
		want     workflows.Result
		calls    []order.Step
		events   []order.EventType
	}{
		{
			name: "fences everything of an order of which nothing was recorded", script: null, want: cancelled,
			calls:  []order.Step{order.Fence, order.Release, order.Refund},
			events: []order.EventType{order.EventPlaced, order.EventCancelled},
		},
		{
			name: "gives back what was recorded, and what was not", recorded: []order.Outcome{done(order.Charge)},
			script: map[order.Step][]answer{order.Fence: {nothing(order.Fence)}}, want: cancelled,
			calls:  []order.Step{order.Fence, order.Release, order.Refund},
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventReleased, order.EventRefunded, order.EventCancelled},
		},
		{
			name: "goes forward when the carrier has the parcel", recorded: []order.Outcome{done(order.Charge), done(order.Reserve)},
			want:   workflows.Result{Status: order.Completed},
			calls:  []order.Step{order.Fence, order.Ship, order.Commit},
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted},
		},
		{
			name: "ends what had turned back as it had turned", recorded: []order.Outcome{done(order.Charge), done(order.Reserve), refusedBy(order.Ship, order.Undeliverable), done(order.Release)},
			want:   workflows.Result{Status: order.Rejected, Reason: order.Undeliverable},
			calls:  []order.Step{order.Refund},
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentRejected, order.EventReleased, order.EventRefunded, order.EventRejected},
		},
		{
			name: "commits what was with the carrier", recorded: []order.Outcome{done(order.Charge), done(order.Reserve), done(order.Ship)},
			want:   workflows.Result{Status: order.Completed},
			calls:  []order.Step{order.Commit},
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted},
		},
		{
			name: "only announces what was over", recorded: []order.Outcome{refusedBy(order.Charge, order.PaymentDeclined)},
			want:   workflows.Result{Status: order.Rejected, Reason: order.PaymentDeclined},
			events: []order.EventType{order.EventPlaced, order.EventDeclined, order.EventRejected},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{script: tt.script}
			env, orders := environment(w)
			env.ExecuteWorkflow(orders.Unwind, workflows.Unwinding{Order: sample(), Outcomes: tt.recorded})
			require.Equal(t, tt.want, ended(t, env))
			require.Equal(t, tt.calls, w.calls)
			require.Equal(t, tt.events, w.announced)
		})
	}
}

// A run that was reset doesn't tell another story than the run before it: that
// one had needed attention, and was settled by hand.
func TestARunThatWasResetTakesUpWhatTheRunBeforeHadRecorded(t *testing.T) {
	before := []order.Outcome{
		done(order.Charge), refusedBy(order.Reserve, order.OutOfStock),
		{Step: order.Attention, At: at, Waiting: order.Refund},
		{Step: order.Settle, At: at, Waiting: order.Refund, By: "ada", Note: "by bank transfer"},
	}
	w := &world{run: "the run after the reset", recalled: before, script: map[order.Step][]answer{
		order.Reserve: {refuse(order.Reserve, order.OutOfStock)},
	}}
	result, _ := run(t, w, nil)
	require.Equal(t, soldOutX, result)
	require.NotContains(t, w.calls, order.Refund)
	require.Equal(t, append(attended, order.EventSettled, order.EventRejected), w.announced)
}
