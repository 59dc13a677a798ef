package api_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	sdkworker "go.temporal.io/sdk/worker"

	"makegood/activities"
	"makegood/events"
	"makegood/order"
	"makegood/tests/harness"
	"makegood/worker"
	"makegood/workflows"
)

// meeting is a payment provider whose answer and the shop's cancel come to the
// saga in one task.
type meeting struct {
	providers
	begun   chan struct{}
	answers chan error

	mu   sync.Mutex
	told []order.EventType
}

func (m *meeting) Charge(ctx context.Context, o order.Order) (order.Outcome, error) {
	if activity.GetInfo(ctx).IsLocalActivity {
		return order.Outcome{}, errors.New("not in the lane")
	}
	m.begun <- struct{}{}
	if err := <-m.answers; err != nil {
		return order.Outcome{}, err
	}
	return order.Outcome{Step: order.Charge, At: o.PlacedAt, Reference: "pi_1", Amount: o.Total().Amount}, nil
}

func (m *meeting) Publish(_ context.Context, published []events.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range published {
		m.told = append(m.told, e.Type)
	}
	return nil
}

// decide starts a worker of workflows alone, and act one of activities alone.
// What it decides when it is to end is recorded before end returns.
func (s *shop) decide(acts *activities.Activities) (end func()) {
	w := sdkworker.New(s.temporal, workflows.TaskQueue, sdkworker.Options{LocalActivityWorkerOnly: true, WorkerStopTimeout: time.Minute})
	worker.RegisterWorkflows(w, &workflows.Orders{Config: workflows.DefaultConfig()})
	w.RegisterActivity(acts)
	require.NoError(s, w.Start())
	return w.Stop
}

func (s *shop) act(acts *activities.Activities) {
	w := sdkworker.New(s.temporal, workflows.TaskQueue, sdkworker.Options{DisableWorkflowWorker: true})
	w.RegisterActivity(acts)
	require.NoError(s, w.Start())
	s.Cleanup(w.Stop)
}

// A cancel from the Web UI stands in the history before the answer of the step
// that is under way, and the saga reads both at once. It tells the same story
// as whoever reads the history.
func TestAnAnswerThatMeetsACancelIsHeard(t *testing.T) {
	declined := order.Reject(order.Outcome{Step: order.Charge, Reason: order.PaymentDeclined})
	rows := []struct {
		name   string
		answer error
		ends   order.Status
	}{
		{"the card is declined", declined, order.Rejected},
		{"the card is charged", nil, order.Cancelled},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := open(t)
			m := &meeting{begun: make(chan struct{}), answers: make(chan error)}
			acts := &activities.Activities{Payments: m, Stock: s.stock, Carrier: m, Publisher: m}
			s.act(acts)
			end := s.decide(acts)
			id := s.place("k1").ID
			<-m.begun
			end()
			require.NoError(t, s.temporal.CancelWorkflow(t.Context(), string(id), ""))
			m.answers <- row.answer
			harness.Holds(s, "the answer is in the history", func() bool { return !s.pastTheLane(id) })
			t.Cleanup(s.decide(acts))

			s.ends(id, row.ends)
			var shown []order.EventType
			for _, happening := range s.order(id).Timeline {
				shown = append(shown, happening.Type)
			}
			require.NoError(t, s.temporal.GetWorkflow(t.Context(), string(id), "").Get(t.Context(), nil))
			m.mu.Lock()
			defer m.mu.Unlock()
			require.Equal(t, shown, m.told)
		})
	}
}
