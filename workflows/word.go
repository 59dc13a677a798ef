package workflows

import "makegood/order"

// Action is what a person wants of an order that needs attention.
type Action string

// The actions.
const (
	// Retry tries the step that waits again now.
	Retry Action = "retry"
	// Settled declares the step that waits made good by hand.
	Settled Action = "settled"
)

// Word is what a person says of an order that needs attention.
type Word struct {
	Action Action `json:"action"`
	// Step is the one that waits: refund, release, commit, or ship for what
	// waits at the carrier. Of Settled only, like By, Note and Reference.
	Step      order.Step `json:"step,omitempty"`
	By        string     `json:"by,omitempty"`
	Note      string     `json:"note,omitempty"`
	Reference string     `json:"reference,omitempty"`
}
