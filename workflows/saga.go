package workflows

import (
	"cmp"

	"go.temporal.io/sdk/workflow"

	"makegood/order"
)

// saga is one order's outcomes so far, and the contexts it acts under.
type saga struct {
	cfg      Config
	metrics  *Metrics
	order    order.Order
	outcomes []order.Outcome
	story    order.Story
	outbox   *outbox
	// shown is the status that the search attributes have.
	shown order.Status
	// run is the one that the newest fact was recorded by.
	run string
	// word is what a person has said and nobody has acted on yet.
	word *Word
	// actions counts what people have asked of this order.
	actions int

	// root ends with a cancel from the Web UI, as soon as that is read from the
	// history and before what stands behind it there.
	root workflow.Context
	// forward ends with a cancel, by Update or from the Web UI, once all that the
	// history holds is heard: whoever reads it must come to the same story.
	forward workflow.Context
	cancel  workflow.CancelFunc
	// steadfast never ends: compensations, events and what follows the pivot.
	steadfast workflow.Context
}

func newSaga(ctx workflow.Context, w *Orders, o order.Order, outcomes []order.Outcome) *saga {
	info := workflow.GetInfo(ctx)
	s := &saga{cfg: w.Config, metrics: w.Metrics, order: o, outcomes: outcomes, run: cmp.Or(info.OriginalRunID, info.WorkflowExecution.RunID)}
	s.root = ctx
	s.steadfast, _ = workflow.NewDisconnectedContext(ctx)
	s.forward, s.cancel = workflow.WithCancel(s.steadfast)
	workflow.Go(s.steadfast, func(watching workflow.Context) {
		ctx.Done().Receive(watching, nil)
		s.cancel()
	})
	s.outbox = &outbox{cfg: w.Config, order: o, story: &s.story}
	s.story = order.Tell(o, outcomes)
	s.shown = s.story.Status
	return s
}

func (s *saga) cancelled() bool { return s.root.Err() != nil || s.forward.Err() != nil }

// record takes a recorded outcome into the story.
func (s *saga) record(outcome order.Outcome) {
	s.outcomes = append(s.outcomes, outcome)
	s.story = order.Tell(s.order, s.outcomes)
}

// take records a fact, after those that a reset took away.
func (s *saga) take(fact order.Fact) {
	s.heed(fact)
	s.record(fact.Outcome)
}

// note writes a word of the saga's own into the history, where the gateway
// reads it like any outcome.
func (s *saga) note(outcome order.Outcome) {
	outcome.At = workflow.Now(s.steadfast).UTC()
	value := workflow.SideEffectWithOptions(s.steadfast,
		workflow.SideEffectOptions{Summary: noted(outcome)},
		func(workflow.Context) any {
			return order.Fact{Outcome: outcome, Run: workflow.GetInfo(s.steadfast).WorkflowExecution.RunID}
		})
	var recorded order.Fact
	if err := value.Get(&recorded); err != nil {
		panic(err) // our own struct, encoded a moment ago or by the version that replays
	}
	s.take(recorded)
}

// describe shows the story in the Web UI, and its end in the metrics. The happy
// order costs one upsert.
func (s *saga) describe() {
	workflow.SetCurrentDetails(s.steadfast, describeStory(s.order, s.story, s.cfg, s.outbox.confirmed))
	if s.story.Status == s.shown {
		return
	}
	s.shown = s.story.Status
	s.metrics.ended(s.steadfast, s.story, s.order.PlacedAt)
	status := SagaStatus.ValueSet(string(s.story.Status))
	reason := SagaReason.ValueUnset()
	if s.story.Reason != "" {
		reason = SagaReason.ValueSet(string(s.story.Reason))
	}
	if err := workflow.UpsertTypedSearchAttributes(s.steadfast, status, reason); err != nil {
		workflow.GetLogger(s.steadfast).Error("search attributes not set", "error", err)
	}
}
