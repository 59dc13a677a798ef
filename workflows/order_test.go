package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"makegood/activities"
	"makegood/order"
	"makegood/workflows"
)

// world answers each step from a script, its last answer for ever, and keeps
// what was called and announced. The real outside is in tests/; here the
// point is what the saga makes of every answer.
type world struct {
	mu        sync.Mutex
	script    map[order.Step][]answer
	calls     []order.Step
	announced []order.EventType
	publishes []error // what Publish answers, then nil for ever
	recalled  []order.Outcome
	run       string // of which facts say that it recorded them

	slowestRetry time.Duration // if it is more than the default
}

type answer struct {
	outcome order.Outcome
	err     error
}

func (w *world) recall(context.Context) (workflows.Recalled, error) {
	return workflows.Recalled{Outcomes: w.recalled}, nil
}

var at = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func (w *world) act(step order.Step) func(context.Context, order.Order) (order.Fact, error) {
	return func(context.Context, order.Order) (order.Fact, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.calls = append(w.calls, step)
		answers := w.script[step]
		if len(answers) == 0 {
			return order.Fact{Outcome: order.Outcome{Step: step, At: at}, Run: w.run}, nil
		}
		if len(answers) > 1 {
			w.script[step] = answers[1:]
		}
		return order.Fact{Outcome: answers[0].outcome, Run: w.run}, answers[0].err
	}
}

func (w *world) publish(_ context.Context, in activities.Announcement) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.publishes) > 0 {
		err := w.publishes[0]
		w.publishes = w.publishes[1:]
		if err != nil {
			return err
		}
	}
	for _, e := range in.Entries {
		w.announced = append(w.announced, e.Type)
	}
	return nil
}

func refuse(step order.Step, reason order.Reason) answer {
	outcome := order.Outcome{Step: step, At: at, Reason: reason}
	return answer{err: temporal.NewApplicationErrorWithOptions("refused", string(reason),
		temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{order.Fact{Outcome: outcome}}})}
}

func fail() answer { return answer{err: errors.New("connection refused")} }

func nothing(step order.Step) answer {
	return answer{outcome: order.Outcome{Step: step, At: at, Null: true}}
}

func ok(step order.Step) answer { return answer{outcome: order.Outcome{Step: step, At: at}} }

// run executes one order in the SDK's test environment, where time is skipped.
func run(t *testing.T, w *world, prepare func(*testsuite.TestWorkflowEnvironment)) (workflows.Result, *testsuite.TestWorkflowEnvironment) {
	t.Helper()
	env, orders := environment(w)
	if prepare != nil {
		prepare(env)
	}
	env.ExecuteWorkflow(orders.Order, sample())
	return ended(t, env), env
}

// environment has every activity answered by w.
func environment(w *world) (*testsuite.TestWorkflowEnvironment, *workflows.Orders) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(30 * time.Second)
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&unlimited{}}})
	cfg := workflows.DefaultConfig()
	cfg.SlowestRetry = max(cfg.SlowestRetry, w.slowestRetry)
	orders := &workflows.Orders{Config: cfg}
	env.RegisterWorkflow(orders.Order)
	env.RegisterWorkflow(orders.Unwind)
	for name, step := range map[string]order.Step{
		"Charge": order.Charge, "Reserve": order.Reserve, "Ship": order.Ship, "Commit": order.Commit,
		"Fence": order.Fence, "Release": order.Release, "Refund": order.Refund,
	} {
		env.RegisterActivityWithOptions(w.act(step), activity.RegisterOptions{Name: name})
	}
	env.RegisterActivityWithOptions(w.publish, activity.RegisterOptions{Name: "Publish"})
	env.RegisterActivityWithOptions(w.recall, activity.RegisterOptions{Name: workflows.RecallActivity})
	return env, orders
}

func ended(t *testing.T, env *testsuite.TestWorkflowEnvironment) workflows.Result {
	t.Helper()
	require.True(t, env.IsWorkflowCompleted())
	require.NoError(t, env.GetWorkflowError())
	var result workflows.Result
	require.NoError(t, env.GetWorkflowResult(&result))
	return result
}

func sample() order.Order {
	return order.Order{ID: "ord_1", PlacedAt: at, Request: order.Request{
		CustomerID: "cus_42", Currency: "EUR",
		Lines: []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}},
	}}
}

func TestOrder(t *testing.T) {
	happy := []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentScheduled, order.EventCompleted}
	tests := []struct {
		name   string
		world  *world
		want   workflows.Result
		calls  []order.Step
		events []order.EventType
	}{
		{
			name:   "ships when every step takes effect",
			world:  &world{},
			want:   workflows.Result{Status: order.Completed},
			calls:  []order.Step{order.Charge, order.Reserve, order.Ship, order.Commit},
			events: happy,
		},
		{
			name:   "tries a failing step again as a regular activity",
			world:  &world{script: map[order.Step][]answer{order.Reserve: {fail(), fail(), ok(order.Reserve)}}},
			want:   workflows.Result{Status: order.Completed},
			calls:  []order.Step{order.Charge, order.Reserve, order.Reserve, order.Reserve, order.Ship, order.Commit},
			events: happy,
		},
		{
			name:   "publishes again as a regular activity when the broker is down",
			world:  &world{publishes: []error{errors.New("broker down"), errors.New("broker down")}},
			want:   workflows.Result{Status: order.Completed},
			calls:  []order.Step{order.Charge, order.Reserve, order.Ship, order.Commit},
			events: happy,
		},
		{
			name:   "undoes nothing after a decline",
			world:  &world{script: map[order.Step][]answer{order.Charge: {refuse(order.Charge, order.PaymentDeclined)}}},
			want:   workflows.Result{Status: order.Rejected, Reason: order.PaymentDeclined},
			calls:  []order.Step{order.Charge},
			events: []order.EventType{order.EventPlaced, order.EventDeclined, order.EventRejected},
		},
		{
			name:   "refunds an order that is sold out, however often that fails",
			world:  &world{script: map[order.Step][]answer{order.Reserve: {refuse(order.Reserve, order.OutOfStock)}, order.Refund: {fail(), fail(), fail(), ok(order.Refund)}}},
			want:   workflows.Result{Status: order.Rejected, Reason: order.OutOfStock},
			calls:  []order.Step{order.Charge, order.Reserve, order.Refund, order.Refund, order.Refund, order.Refund},
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventRefunded, order.EventRejected},
		},
		{
			name:   "releases and refunds an undeliverable order in reverse",
			world:  &world{script: map[order.Step][]answer{order.Ship: {refuse(order.Ship, order.Undeliverable)}}},
			want:   workflows.Result{Status: order.Rejected, Reason: order.Undeliverable},
			calls:  []order.Step{order.Charge, order.Reserve, order.Ship, order.Release, order.Refund},
			events: []order.EventType{order.EventPlaced, order.EventCharged, order.EventReserved, order.EventShipmentRejected, order.EventReleased, order.EventRefunded, order.EventRejected},
		},
		{
			name:   "ends cancelled when a step finds its own fence, as after a reset",
			world:  &world{script: map[order.Step][]answer{order.Charge: {refuse(order.Charge, order.Fenced)}, order.Fence: {nothing(order.Fence)}, order.Release: {nothing(order.Release)}, order.Refund: {nothing(order.Refund)}}},
			want:   workflows.Result{Status: order.Cancelled, Reason: order.CancelledByShop},
			calls:  []order.Step{order.Charge, order.Charge, order.Fence, order.Release, order.Refund},
			events: []order.EventType{order.EventPlaced, order.EventCancelled},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			result, _ := run(t, tt.world, nil)
			require.Equal(t, tt.want, result)
			require.Equal(t, tt.calls, tt.world.calls)
			require.Equal(t, tt.events, tt.world.announced)
		})
	}
}

func TestOrderTurnsBackAtAStepsDeadlineAndFencesEverything(t *testing.T) {
	w := &world{script: map[order.Step][]answer{
		order.Reserve: {fail()},
		order.Fence:   {nothing(order.Fence)}, order.Release: {nothing(order.Release)},
	}}
	result, _ := run(t, w, nil)
	require.Equal(t, workflows.Result{Status: order.Rejected, Reason: order.StepDeadline}, result)
	require.Equal(t, []order.Step{order.Fence, order.Release, order.Refund}, w.calls[len(w.calls)-3:])
	require.Equal(t, []order.EventType{order.EventPlaced, order.EventCharged, order.EventRefunded, order.EventRejected}, w.announced)
}

func TestOrderGoesForwardWhenTheFenceFindsAParcel(t *testing.T) {
	w := &world{script: map[order.Step][]answer{
		order.Reserve: {fail(), fail(), refuse(order.Reserve, order.Fenced), ok(order.Reserve)},
		order.Fence:   {ok(order.Fence)},
	}}
	result, _ := run(t, w, nil)
	require.Equal(t, workflows.Result{Status: order.Completed}, result)
	require.NotContains(t, w.calls, order.Refund)
	require.NotContains(t, w.calls, order.Release)
	require.Equal(t, order.EventCompleted, w.announced[len(w.announced)-1])
}

func TestOrderNeedsAttentionAndGoesOnTrying(t *testing.T) {
	failures := make([]answer, 40)
	for i := range failures {
		failures[i] = fail()
	}
	w := &world{script: map[order.Step][]answer{
		order.Reserve: {refuse(order.Reserve, order.OutOfStock)},
		order.Refund:  append(failures, ok(order.Refund)),
	}}
	result, _ := run(t, w, nil)
	require.Equal(t, workflows.Result{Status: order.Rejected, Reason: order.OutOfStock}, result)
	require.Equal(t, []order.EventType{order.EventPlaced, order.EventCharged, order.EventStockRejected, order.EventNeedsAttention, order.EventRefunded, order.EventRejected}, w.announced)
}

func TestCancelIsTakenUntilTheParcelIsGone(t *testing.T) {
	// failing is the step that keeps the saga waiting while the cancel comes.
	for failing, taken := range map[order.Step]bool{order.Charge: true, order.Reserve: true, order.Ship: true, order.Commit: false} {
		for _, how := range []string{"update", "web UI"} {
			t.Run(fmt.Sprintf("%s while %s is being tried", how, failing), func(t *testing.T) {
				w := &world{script: map[order.Step][]answer{
					failing:     {fail(), fail(), fail(), fail(), fail(), fail(), fail(), fail(), ok(failing)},
					order.Fence: {nothing(order.Fence)},
				}}
				var refused error
				result, _ := run(t, w, func(env *testsuite.TestWorkflowEnvironment) {
					env.RegisterDelayedCallback(func() {
						if how == "web UI" {
							env.CancelWorkflow()
							return
						}
						env.UpdateWorkflow(workflows.CancelUpdate, "", &testsuite.TestUpdateCallback{
							OnAccept: func() {}, OnReject: func(err error) { refused = err }, OnComplete: func(any, error) {},
						})
					}, 3*time.Second)
				})
				if !taken {
					require.Equal(t, order.Completed, result.Status)
					if how == "update" {
						var failure *temporal.ApplicationError
						require.ErrorAs(t, refused, &failure)
						require.Equal(t, workflows.AlreadyShipped, failure.Type())
					}
					return
				}
				require.NoError(t, refused)
				require.Equal(t, workflows.Result{Status: order.Cancelled, Reason: order.CancelledByShop}, result)
				require.Equal(t, []order.Step{order.Fence, order.Release, order.Refund}, w.calls[len(w.calls)-3:])
			})
		}
	}
}
