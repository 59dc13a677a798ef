package order

import "slices"

func (t *teller) turnBack(o Outcome, undo []Step) {
	if t.turned || t.Forward {
		return
	}
	t.turned = true
	t.Reason = o.Reason
	t.Status = Compensating
	t.undo = slices.DeleteFunc(slices.Clone(undo), func(s Step) bool { return s == Refund && !t.charges })
	t.end(o)
}

// fence hears what the carrier said for good. If it has the parcel, the order
// goes forward: every step took effect in an attempt that was never recorded,
// and its first outcome will be heard again.
func (t *teller) fence(o Outcome) {
	if !t.turned {
		return
	}
	if o.Null {
		t.undone(o, "")
		return
	}
	t.turned = false
	t.undo = nil
	t.Reason = ""
	t.Forward = true
	t.Status = Shipped
}

func (t *teller) undone(o Outcome, event EventType) {
	if !slices.Contains(t.undo, o.Step) {
		return
	}
	if event != "" && !o.Null {
		t.emit(event, o)
	}
	t.resume()
	t.undo = slices.DeleteFunc(t.undo, func(s Step) bool { return s == o.Step })
	t.end(o)
}

// attend hears that the step which is due needs a person. Once is enough.
func (t *teller) attend(o Outcome) {
	if o.Waiting != t.next() || t.Status == NeedsAttention {
		return
	}
	t.before = t.Status
	t.Status = NeedsAttention
	t.Attention = &o
	// Until a step has refused or the carrier has said that it has no parcel,
	// every step may have taken effect in a lane that was never recorded, whose
	// events are out: any other event would stand under an id of theirs.
	if !t.Forward && o.Waiting != Fence {
		t.emit(EventNeedsAttention, o)
	}
}

// settle takes a person's word for the step that is due.
func (t *teller) settle(o Outcome) {
	if o.Waiting != t.next() {
		return
	}
	t.emit(EventSettled, o)
	t.resume()
	if !t.turned {
		t.settled[o.Waiting] = true
		if o.Waiting == Commit {
			t.complete(o)
		}
		return
	}
	t.undo = slices.DeleteFunc(t.undo, func(s Step) bool { return s == o.Waiting })
	t.end(o)
}

// resume leaves needs_attention.
func (t *teller) resume() {
	if t.Status == NeedsAttention {
		t.Status = t.before
	}
}

// end closes an order that turned back once nothing is left to undo.
func (t *teller) end(o Outcome) {
	if !t.turned || len(t.undo) > 0 {
		return
	}
	switch t.Reason {
	case CancelledByShop, Terminated:
		t.Status = Cancelled
		t.emit(EventCancelled, o)
	default:
		t.Status = Rejected
		t.emit(EventRejected, o)
	}
}
