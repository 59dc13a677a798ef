package order

// teller is the state that Tell goes through, one outcome after the other.
type teller struct {
	Story
	charges bool          // the total is not 0
	settled map[Step]bool // steps and compensations that are done
	undo    []Step        // what has still to be undone, in this order
	turned  bool
	before  Status // the status that needs_attention interrupted
}

func (t *teller) hear(o Outcome) {
	switch o.Step {
	case Charge:
		t.step(o, EventCharged, EventDeclined, Charged, nil)
	case Reserve:
		t.step(o, EventReserved, EventStockRejected, Reserved, []Step{Refund})
	case Ship:
		t.step(o, EventShipmentScheduled, EventShipmentRejected, Shipped, []Step{Release, Refund})
		t.Forward = t.Forward || o.Reason == ""
	case Commit:
		t.settled[Commit] = true
		t.complete(o)
	case Turn:
		t.turnBack(o, []Step{Fence, Release, Refund})
	case Fence:
		t.fence(o)
	case Release:
		t.undone(o, EventReleased)
	case Refund:
		t.undone(o, EventRefunded)
	case Attention:
		t.attend(o)
	case Settle:
		t.settle(o)
	}
	if t.Status != NeedsAttention {
		t.Attention = nil
	}
}

// contradicts tells of an outcome that can't be: a refusal of an undo or of
// what follows the pivot. The step is tried until it succeeds.
func (t *teller) contradicts(o Outcome) bool {
	switch o.Step {
	case Charge, Reserve, Ship:
		return o.Reason != "" && t.Forward
	case Commit, Fence, Release, Refund:
		return o.Reason != ""
	default:
		return false
	}
}

// step hears a forward step: it took effect, or refused and turns the order
// back to undo the steps before it. An attempt that was left behind when the
// order turned says nothing, and neither does a step that found its own fence.
func (t *teller) step(o Outcome, done, refused EventType, status Status, undo []Step) {
	if t.turned || t.settled[o.Step] || o.Reason == Fenced {
		return
	}
	if o.Reason != "" {
		t.emit(refused, o)
		t.turnBack(o, undo)
		return
	}
	t.settled[o.Step] = true
	t.emit(done, o)
	t.resume()
	if !t.Forward {
		t.Status = status
	}
}

func (t *teller) complete(o Outcome) {
	t.Status = Completed
	t.emit(EventCompleted, o)
}

func (t *teller) next() Step {
	if t.Status.Final() {
		return ""
	}
	if t.turned {
		return t.undo[0]
	}
	for _, step := range []Step{Charge, Reserve, Ship} {
		if !t.settled[step] && (step != Charge || t.charges) {
			return step
		}
	}
	return Commit
}

func (t *teller) emit(event EventType, o Outcome) {
	entry := Entry{Sequence: len(t.Timeline) + 1, Type: event, At: o.At, Outcome: o}
	if t.Status.Final() {
		entry.Reason = t.Reason
	}
	t.Timeline = append(t.Timeline, entry)
}
