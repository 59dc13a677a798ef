// Package faults makes a simulated provider slow, failing, or lost for words,
// when a request asks for it.
package faults

import (
	"strconv"
	"strings"
	"time"
)

// Fault is what a request asked for. The zero value is no fault.
type Fault struct {
	Kind Kind
	// Undo says that it strikes the undoing request and not the effect itself.
	Undo bool
	// Times is how many requests it strikes; Always is every one.
	Times int
	// Delay is how long a Slow request takes.
	Delay time.Duration
}

// Kind is what a fault does.
type Kind string

const (
	// Slow takes effect at the end of the delay, whether anybody still waits
	// for the reply or not.
	Slow Kind = "slow"
	// Fail answers 503 and does nothing.
	Fail Kind = "fail"
	// Lost takes effect, and cuts the connection instead of answering.
	Lost Kind = "lost"
	// Refuse never undoes.
	Refuse Kind = "refuse"
)

// Always is a number of times without end.
const Always = -1

// Parse reads a fault by its name: slow_<ms>, fail_<n>, lost_<n>, each also
// with _undo_ in the middle, and refuse_undo. n may be "always".
func Parse(name string) (Fault, bool) {
	if name == "refuse_undo" {
		return Fault{Kind: Refuse, Undo: true, Times: Always}, true
	}
	kind, number, _ := strings.Cut(name, "_")
	fault := Fault{Kind: Kind(kind)}
	number, fault.Undo = strings.CutPrefix(number, "undo_")
	if number == "always" {
		fault.Times = Always
	} else {
		n, err := strconv.ParseUint(number, 10, 31)
		if err != nil {
			return Fault{}, false
		}
		fault.Times = int(n)
	}
	switch {
	case fault.Kind == Fail, fault.Kind == Lost:
		return fault, true
	case fault.Kind == Slow && fault.Times != Always:
		fault.Delay = time.Duration(fault.Times) * time.Millisecond
		fault.Times = Always
		return fault, true
	default:
		return Fault{}, false
	}
}
