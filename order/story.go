package order

import "time"

// Story is what an order's outcomes add up to. The saga takes its next step
// from it, the events are made from it and the gateway answers with it, so
// that they can't disagree.
type Story struct {
	Status Status
	// Reason is why the order did not ship, or is turning back; else empty.
	Reason Reason
	// Timeline only ever grows at its end as outcomes are added.
	Timeline []Entry
	// Next is the step to take now; empty once the status is final.
	Next Step
	// Attention is what needs a person, of an order that needs attention; else
	// nil. Its Waiting is Next.
	Attention *Outcome
	// Forward says that the carrier has the parcel: nothing turns the order back.
	Forward bool
	// Turned says that the order is being undone: Next is a compensation.
	Turned bool
}

// Entry is one event of the timeline.
type Entry struct {
	// Sequence counts from 1 without gaps.
	Sequence int       `json:"sequence"`
	Type     EventType `json:"type"`
	At       time.Time `json:"at"`
	// Outcome is what the event announces; of a terminal event, the last one.
	Outcome Outcome `json:"outcome"`
	// Reason says of a terminal event why the order did not ship. It stands
	// here because the entry alone makes the event, whatever came before it.
	Reason Reason `json:"reason,omitempty"`
}

// Tell computes the story of an order from its outcomes, in the order in which
// they were recorded. It is pure.
func Tell(o Order, outcomes []Outcome) Story {
	t := teller{charges: o.Total().Amount > 0, settled: map[Step]bool{}}
	t.Status = Placed
	t.emit(EventPlaced, Outcome{At: o.PlacedAt})
	for _, outcome := range outcomes {
		if !t.Status.Final() && !t.contradicts(outcome) {
			t.hear(outcome)
		}
	}
	t.Next = t.next()
	t.Turned = t.turned
	return t.Story
}
