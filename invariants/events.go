package invariants

import (
	"bytes"
	"maps"
	"slices"

	"makegood/order"
)

// terminal is the event that each final status is announced by.
var terminal = map[order.Status]order.EventType{
	order.Completed: order.EventCompleted,
	order.Rejected:  order.EventRejected,
	order.Cancelled: order.EventCancelled,
}

func (c *checker) events(a *account) {
	bodies := map[string][]byte{}
	ids := map[int]string{} // by sequence
	types := map[int]order.EventType{}
	for _, e := range a.events {
		if body, seen := bodies[e.ID]; seen {
			if !bytes.Equal(body, e.Body) {
				c.report(OneBodyPerEvent, a.ID, "event %s (%s) was published as %s and as %s", e.ID, e.Type, body, e.Body)
			}
			continue
		}
		bodies[e.ID] = e.Body
		if id, seen := ids[e.Sequence]; seen {
			c.report(GaplessSequence, a.ID, "number %d is of event %s and of event %s", e.Sequence, id, e.ID)
			continue
		}
		ids[e.Sequence], types[e.Sequence] = e.ID, e.Type
	}
	numbers := slices.Sorted(maps.Keys(types))
	c.terminal(a, numbers, types)
	if !c.AtRest {
		return // one that is missing may be on its way
	}
	for i, number := range numbers {
		if number != i+1 {
			c.report(GaplessSequence, a.ID, "its events have the numbers %v", numbers)
			break
		}
	}
}

func (c *checker) terminal(a *account, numbers []int, types map[int]order.EventType) {
	var ends []order.EventType
	last := false
	for _, number := range numbers {
		last = false
		switch types[number] {
		case order.EventCompleted, order.EventRejected, order.EventCancelled:
			ends = append(ends, types[number])
			last = true
		}
	}
	switch {
	case len(ends) > 1,
		len(ends) == 1 && !last,
		len(ends) == 1 && a.Status.Final() && ends[0] != terminal[a.Status],
		len(ends) == 0 && c.AtRest && a.Status.Final():
		c.report(OneTerminalEvent, a.ID, "it is %s, and its events are %v", a.Status, inOrder(numbers, types))
	}
}

func inOrder(numbers []int, types map[int]order.EventType) []order.EventType {
	all := make([]order.EventType, len(numbers))
	for i, number := range numbers {
		all[i] = types[number]
	}
	return all
}
