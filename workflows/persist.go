package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"makegood/activities"
	"makegood/order"
)

// contradicted is the pause after a step that must succeed was refused: its
// effect denies its own first outcome. Only a person can end that, and each
// try adds to the history.
const contradicted = 24 * time.Hour

// persist takes a step that must succeed, a compensation or what follows the
// pivot: one regular activity without a limit of attempts or time. Past
// cfg.AttentionAfter, or as soon as the activity says that a person is needed,
// the order needs attention. The activity goes on all the same, until it
// succeeds or a person says otherwise.
func (s *saga) persist(step order.Step) {
	timing, stopTimer := workflow.WithCancel(s.steadfast)
	defer stopTimer()
	late := workflow.NewTimerWithOptions(timing, s.cfg.AttentionAfter, workflow.TimerOptions{
		Summary: fmt.Sprintf("%s needs attention after %s", step, s.cfg.AttentionAfter),
	})
	for s.story.Next == step {
		ctx, giveUp := workflow.WithCancel(s.insisting(step))
		effect := workflow.ExecuteActivity(ctx, effects[step], s.order)
		s.await(func() bool { return effect.IsReady() || s.waits() || late.IsReady() })
		if !effect.IsReady() && !s.waits() {
			s.needAttention(step, "")
		}
		s.await(func() bool { return effect.IsReady() || s.word != nil || s.story.Next != step })
		giveUp()
		var fact order.Fact
		err := effect.Get(s.steadfast, &fact) // an attempt under way is awaited
		switch {
		case err == nil:
			s.take(fact)
		case !temporal.IsCanceledError(err):
			s.failed(step, err)
		}
		s.act(step)
	}
	s.word = nil
}

// insisting is for an activity that is tried until it succeeds. The first one
// ends at once where a person is needed, so that somebody hears of it.
func (s *saga) insisting(step order.Step) workflow.Context {
	retries, tries := s.retries(), "until it succeeds or a person settles it"
	if !s.waits() {
		retries.NonRetryableErrorTypes, tries = []string{activities.NeedsPerson}, "until it succeeds"
	}
	return workflow.WithActivityOptions(s.steadfast, workflow.ActivityOptions{
		StartToCloseTimeout: s.cfg.Attempt,
		RetryPolicy:         retries,
		WaitForCancellation: true,
		Summary:             summarize(step, s.order, s.story.Reason, tries),
	})
}

// failed sees to an activity that ended without an outcome.
func (s *saga) failed(step order.Step, err error) {
	detail := ""
	if said := (*temporal.ApplicationError)(nil); errors.As(err, &said) {
		detail = said.Message()
		if said.Type() == activities.NeedsPerson {
			s.needAttention(step, detail) // if it is not only late by now
			return
		}
	}
	workflow.GetLogger(s.steadfast).Error("a step that must succeed was refused", "step", step, "error", err)
	s.needAttention(step, detail)
	again := workflow.AwaitOptions{Timeout: contradicted, TimerOptions: workflow.TimerOptions{
		Summary: fmt.Sprintf("%s again in %s, or when a person says so", step, contradicted),
	}}
	_, _ = workflow.AwaitWithOptions(s.steadfast, again, func() bool { return s.word != nil }) // this context never ends
}

func (s *saga) needAttention(step order.Step, detail string) {
	if s.waits() {
		return
	}
	s.note(order.Outcome{Step: order.Attention, Waiting: step, Detail: detail})
	s.describe()
}

// waits says that the order needs attention.
func (s *saga) waits() bool { return s.story.Status == order.NeedsAttention }

func (s *saga) await(condition func() bool) {
	_ = workflow.Await(s.steadfast, condition) // this context never ends
}
