package console

import (
	"strings"
	"time"

	"makegood/api/client"
	"makegood/order"
)

// step is one step of the saga, with its undo.
type step struct {
	Do   deed
	Undo *deed // nil for commit, which has none
}

// deed is one thing that the saga does, and how it stands.
type deed struct {
	Name string
	// State is done, refused, trying, waits (for a person), next, or idle: not
	// needed, or not yet.
	State string
	// Note is what there is to say in a few words.
	Note string
	// At is when it was settled; zero before.
	At time.Time
	// Failed is how many of its attempts failed.
	Failed int
}

// Sign says the state without colour.
func (d deed) Sign() string {
	switch d.State {
	case "done":
		return "✓"
	case "refused":
		return "✗"
	case "trying":
		return "…"
	case "waits":
		return "!"
	default:
		return "○"
	}
}

// Word says the state to who can't see it.
func (d deed) Word() string {
	return map[string]string{
		"done": "done", "refused": "refused", "trying": "under way", "waits": "waits for a person", "idle": "not done",
	}[d.State]
}

// rows are the steps and their undos, in the order of the saga.
var rows = []struct{ do, undo order.Step }{
	{order.Charge, order.Refund},
	{order.Reserve, order.Release},
	{order.Ship, order.Fence},
	{order.Commit, ""},
}

// draw makes the picture of what was done and undone: of the timeline, and of
// the attempts for what that doesn't tell. Without attempts it shows the rest.
func draw(o client.Order, attempts []client.Attempt) []step {
	deeds := map[order.Step]*deed{}
	for _, row := range rows {
		for _, name := range []order.Step{row.do, row.undo} {
			deeds[name] = &deed{Name: string(name), State: "idle"}
		}
	}
	for _, a := range attempts {
		if d := deeds[order.Step(strings.ToLower(a.Activity))]; d != nil {
			d.try(a)
		}
	}
	for _, h := range o.Timeline {
		tell(deeds, h, o)
	}
	if waits := o.Attention; waits != nil && deeds[waits.Step] != nil {
		d := deeds[waits.Step]
		d.State, d.Note = "waits", waits.Detail
	}
	var picture []step
	for _, row := range rows {
		s := step{Do: *deeds[row.do]}
		if row.undo != "" {
			s.Undo = deeds[row.undo]
		}
		picture = append(picture, s)
	}
	return picture
}

// try hears of attempts. A lane that leaves a step to a regular activity has
// one of each.
func (d *deed) try(a client.Attempt) {
	d.Failed += max(0, a.Attempts-1)
	switch a.State {
	case "scheduled", "running", "waiting":
		d.State, d.Note = "trying", a.LastFailure
		if a.State == "waiting" {
			d.Failed++
		}
	case "done":
		d.State, d.Note = "done", ""
		if a.EndedAt != nil {
			d.At = *a.EndedAt
		}
	default: // what was refused, the timeline tells
		d.Failed++
	}
}

func tell(deeds map[order.Step]*deed, h client.Happening, o client.Order) {
	set := func(name order.Step, state string) {
		d := deeds[name]
		d.State, d.At, d.Note = state, h.Time, h.Words(o.Request)
		if state == "refused" {
			d.Failed = max(0, d.Failed-1) // that one is the refusal
		}
	}
	switch h.Type {
	case order.EventCharged:
		set(order.Charge, "done")
	case order.EventDeclined:
		set(order.Charge, "refused")
	case order.EventReserved:
		set(order.Reserve, "done")
	case order.EventStockRejected:
		set(order.Reserve, "refused")
	case order.EventShipmentScheduled:
		set(order.Ship, "done")
	case order.EventShipmentRejected:
		set(order.Ship, "refused")
	case order.EventCompleted:
		set(order.Commit, "done")
	case order.EventRefunded:
		set(order.Refund, "done")
	case order.EventReleased:
		set(order.Release, "done")
	case order.EventSettled:
		name := h.Settlement.Step
		if deeds[name] == nil || name == order.Ship && deeds[order.Ship].State != "done" {
			name = order.Fence
		}
		set(name, "done")
	}
}
