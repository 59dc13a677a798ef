package workflows

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

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

// takeWords accepts the settle Update while the order needs attention. The
// word is acted on once the attempt under way has ended; if that succeeds, the
// word was not needed. Its answer is the status in which it found the order.
func (s *saga) takeWords() error {
	return workflow.SetUpdateHandlerWithOptions(s.forward, SettleUpdate,
		func(_ workflow.Context, word Word) (order.Status, error) {
			s.actions++
			if s.waits() && !word.In(s.outcomes) {
				s.word = &word
			}
			return s.story.Status, nil
		},
		workflow.UpdateHandlerOptions{Validator: s.maySettle, Description: "an operator's word: retry, or settled by hand"})
}

func (s *saga) maySettle(word Word) error {
	due := s.story.Next
	switch {
	case s.actions >= MaxActions:
		return tooManyActions()
	case word.In(s.outcomes):
		return nil // the answer to it was lost
	case s.word != nil && s.word.Action == Settled && *s.word != word:
		return temporal.NewApplicationError("somebody has just said that "+string(s.word.Step)+" is settled", NothingToSettle)
	case !s.waits():
		return temporal.NewApplicationError("the order is "+string(s.story.Status)+" and waits for nobody", NothingToSettle)
	case word.Action == Retry:
		return nil
	case word.Action != Settled || word.By == "" || word.Note == "":
		return temporal.NewApplicationError("a word is to retry, or that a step is settled, by whom and why", InvalidWord)
	case !word.settles(due):
		return temporal.NewApplicationError("what waits is "+string(due)+", not "+string(word.Step), NothingToSettle)
	default:
		return nil
	}
}

// In says that this very word, that a step is settled, is among the outcomes.
func (w Word) In(outcomes []order.Outcome) bool {
	return slices.ContainsFunc(outcomes, func(o order.Outcome) bool {
		return o.Step == order.Settle && w.settles(o.Waiting) &&
			o.By == w.By && o.Note == w.Note && o.Reference == w.Reference
	})
}

// settles says that the word declares this step made good.
func (w Word) settles(waits order.Step) bool {
	return w.Action == Settled && (w.Step == waits || w.Step == order.Ship && waits == order.Fence)
}

// act does as the last word says. To try again, nothing is left to do.
func (s *saga) act(step order.Step) {
	word := s.word
	s.word = nil
	if word != nil && word.settles(step) && s.story.Next == step && s.waits() {
		s.note(order.Outcome{Step: order.Settle, Waiting: step, By: word.By, Note: word.Note, Reference: word.Reference})
	}
}

func tooManyActions() error {
	return temporal.NewApplicationError("people have asked too much of this order: end it in the Temporal Web UI, and the audit makes it good", TooManyActions)
}
