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

// told is what an event says of a step.
var told = map[order.EventType]struct {
	step  order.Step
	state string
}{
	order.EventCharged:           {order.Charge, "done"},
	order.EventDeclined:          {order.Charge, "refused"},
	order.EventReserved:          {order.Reserve, "done"},
	order.EventStockRejected:     {order.Reserve, "refused"},
	order.EventShipmentScheduled: {order.Ship, "done"},
	order.EventShipmentRejected:  {order.Ship, "refused"},
	order.EventCompleted:         {order.Commit, "done"},
	order.EventRefunded:          {order.Refund, "done"},
	order.EventReleased:          {order.Release, "done"},
}

func tell(deeds map[order.Step]*deed, h client.Happening, o client.Order) {
	says, ok := told[h.Type]
	if h.Type == order.EventSettled {
		says.step, says.state, ok = h.Settlement.Step, "done", true
		if deeds[says.step] == nil || says.step == order.Ship && deeds[order.Ship].State != "done" {
			says.step = order.Fence
		}
	}
	if !ok {
		return
	}
	d := deeds[says.step]
	d.State, d.At, d.Note = says.state, h.Time, h.Words(o.Request)
	if says.state == "refused" {
		d.Failed = max(0, d.Failed-1) // that one is the refusal
	}
}
