package workflows_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"makegood/activities"
	"makegood/order"
	"makegood/workflows"
)

const day = 24 * time.Hour

// forGood is a refusal that trying again won't change.
func forGood() answer {
	return answer{err: temporal.NewApplicationErrorWithCause("refund re_1 failed", activities.NeedsPerson, errors.New("refused"))}
}

func settled(step order.Step) workflows.Word {
	return workflows.Word{Action: workflows.Settled, Step: step, By: "ada", Note: "paid back by bank transfer", Reference: "TX-1"}
}

// say sends the word once the time has passed, and tells what came of it.
func say(env *testsuite.TestWorkflowEnvironment, after time.Duration, word workflows.Word) *error {
	refused := new(error)
	env.RegisterDelayedCallback(func() {
		env.UpdateWorkflow(workflows.SettleUpdate, "", &testsuite.TestUpdateCallback{
			OnAccept: func() {}, OnReject: func(err error) { *refused = err }, OnComplete: func(any, error) {},
		}, word)
	}, after)
	return refused
}

func soldOut(refund ...answer) *world {
	return &world{script: map[order.Step][]answer{
		order.Reserve: {refuse(order.Reserve, order.OutOfStock)}, order.Refund: refund,
	}}
}

var (
	attended = []order.EventType{order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventNeedsAttention}
	soldOutX = workflows.Result{Status: order.Rejected, Reason: order.OutOfStock}
)

func TestARefusalForGoodNeedsAttentionAtOnce(t *testing.T) {
	w := soldOut(forGood(), forGood(), ok(order.Refund))
	began := time.Time{}
	result, env := run(t, w, func(env *testsuite.TestWorkflowEnvironment) { began = env.Now() })
	require.Equal(t, soldOutX, result)
	require.Equal(t, append(attended, order.EventRefunded, order.EventRejected), w.announced)
	require.Less(t, env.Now().Sub(began), workflows.DefaultConfig().AttentionAfter)
}

// It is late first, and refused for good after that: it is tried on all the same.
func TestALateStepThatIsRefusedForGoodIsTriedOn(t *testing.T) {
	var refund []answer
	for range 25 { // attempts until it is late
		refund = append(refund, fail())
	}
	w := soldOut(append(refund, forGood(), ok(order.Refund))...)
	began := time.Time{}
	result, env := run(t, w, func(env *testsuite.TestWorkflowEnvironment) { began = env.Now() })
	require.Equal(t, soldOutX, result)
	require.Equal(t, append(attended, order.EventRefunded, order.EventRejected), w.announced)
	require.Less(t, env.Now().Sub(began), 2*workflows.DefaultConfig().AttentionAfter)
}

func TestAPersonSettlesWhatWaits(t *testing.T) {
	w := soldOut(forGood())
	var refused *error
	result, _ := run(t, w, func(env *testsuite.TestWorkflowEnvironment) { refused = say(env, day, settled(order.Refund)) })
	require.NoError(t, *refused)
	require.Equal(t, soldOutX, result)
	require.Equal(t, append(attended, order.EventSettled, order.EventRejected), w.announced)
}

// The refund would work by then: it must not be tried again.
func TestNobodySpeaksAgainstAPersonWhoHasSettled(t *testing.T) {
	w := soldOut(forGood())
	var settling, retrying, repeating *error
	result, _ := run(t, w, func(env *testsuite.TestWorkflowEnvironment) {
		settling = say(env, day, settled(order.Refund))
		retrying = say(env, day, workflows.Word{Action: workflows.Retry})
		repeating = say(env, day, settled(order.Refund))
	})
	require.NoError(t, *settling)
	require.ErrorContains(t, *retrying, "somebody has just said that refund is settled")
	require.NoError(t, *repeating)
	require.Equal(t, soldOutX, result)
	require.Equal(t, append(attended, order.EventSettled, order.EventRejected), w.announced)
}

// Its answer was lost, and by now it is another step that waits.
func TestAWordThatIsRepeatedSettlesNothingElse(t *testing.T) {
	w := &world{script: map[order.Step][]answer{
		order.Ship:    {refuse(order.Ship, order.Undeliverable)},
		order.Release: {forGood()},
		order.Refund:  {forGood()},
	}}
	var repeated *error
	result, _ := run(t, w, func(env *testsuite.TestWorkflowEnvironment) {
		say(env, time.Hour, settled(order.Release))
		repeated = say(env, day, settled(order.Release))
		env.RegisterDelayedCallback(func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.script[order.Refund] = []answer{ok(order.Refund)}
		}, 2*day)
	})
	require.NoError(t, *repeated)
	require.Equal(t, workflows.Result{Status: order.Rejected, Reason: order.Undeliverable}, result)
	require.Contains(t, w.announced, order.EventRefunded)
}

// The pause has grown to a minute by then: the retry doesn't wait for it.
func TestAPersonHasItTriedAgainNow(t *testing.T) {
	w := soldOut(forGood())
	var refused *error
	var retried time.Time
	_, env := run(t, w, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() {
			w.mu.Lock()
			w.script[order.Refund] = []answer{ok(order.Refund)}
			w.mu.Unlock()
			retried = env.Now()
		}, day+time.Second)
		refused = say(env, day+time.Second, workflows.Word{Action: workflows.Retry})
	})
	require.NoError(t, *refused)
	require.Less(t, env.Now().Sub(retried), time.Second)
	require.Equal(t, append(attended, order.EventRefunded, order.EventRejected), w.announced)
}

func TestWordsThatAreRefused(t *testing.T) {
	tests := []struct {
		name  string
		after time.Duration
		word  workflows.Word
		kind  string
	}{
		{"a word on an order that waits for nobody", 100 * time.Millisecond, settled(order.Refund), workflows.NothingToSettle},
		{"a retry of an order that waits for nobody", 100 * time.Millisecond, workflows.Word{Action: workflows.Retry}, workflows.NothingToSettle},
		{"a word on a step that is not the one that waits", day, settled(order.Release), workflows.NothingToSettle},
		{"a word without who", day, workflows.Word{Action: workflows.Settled, Step: order.Refund, Note: "why"}, workflows.InvalidWord},
		{"a word without why", day, workflows.Word{Action: workflows.Settled, Step: order.Refund, By: "ada"}, workflows.InvalidWord},
		{"a word that says neither", day, workflows.Word{Action: "maybe"}, workflows.InvalidWord},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := soldOut(fail(), fail(), forGood())
			var refused *error
			_, _ = run(t, w, func(env *testsuite.TestWorkflowEnvironment) {
				refused = say(env, tt.after, tt.word)
				say(env, 2*day, settled(order.Refund))
			})
			var failure *temporal.ApplicationError
			require.ErrorAs(t, *refused, &failure)
			require.Equal(t, tt.kind, failure.Type())
		})
	}
}

func TestShipMeansWhateverWaitsAtTheCarrier(t *testing.T) {
	w := &world{script: map[order.Step][]answer{order.Reserve: {fail()}, order.Fence: {forGood()}, order.Release: {nothing(order.Release)}}}
	var refused *error
	result, _ := run(t, w, func(env *testsuite.TestWorkflowEnvironment) { refused = say(env, day, settled(order.Ship)) })
	require.NoError(t, *refused)
	require.Equal(t, workflows.Result{Status: order.Rejected, Reason: order.StepDeadline}, result)
}

// An order that waits for two months adds nothing to its history by retrying:
// after the one that asked for a person there is one activity, with every
// attempt in it.
func TestAnOrderWaitsForAPersonForSixtyDays(t *testing.T) {
	w := soldOut(forGood())
	w.slowestRetry = time.Hour // the test environment takes half a millisecond an attempt
	starts := map[string]int{}
	began := time.Time{}
	_, env := run(t, w, func(env *testsuite.TestWorkflowEnvironment) {
		began = env.Now()
		env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
			if info.ActivityType.Name == "Refund" {
				starts[info.ActivityID]++
			}
		})
		say(env, 60*day, settled(order.Refund))
	})
	require.GreaterOrEqual(t, env.Now().Sub(began), 60*day)
	require.Equal(t, 2, len(starts), "activities")
	require.Greater(t, len(w.calls), 59*24, "it is tried all the while")
	require.Equal(t, append(attended, order.EventSettled, order.EventRejected), w.announced)
}
