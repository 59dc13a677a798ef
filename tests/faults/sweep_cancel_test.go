package faults_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

// lanes are first tasks of different lengths.
var lanes = []struct {
	name    string
	change  func(*order.Request)
	moments int
}{
	{"a plain order", ships, 40},
	{"slow providers", func(r *order.Request) {
		r.PaymentMethod, r.ShippingAddress.Line1 = "pm_sim_slow_200", "sim:slow_200"
	}, 100},
	{"a carrier that outlasts the lane", func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_1600" }, 40},
}

// fallen counts where the cancels of a sweep fell, and what came of it.
type fallen struct {
	ended                         map[order.Status]int
	beforeTask, refusedTask, late int
}

// A cancel from the Temporal Web UI falls at each of up to 200 moments, from before
// the order is there until after its first task. It runs alone: it measures time.
func TestACancelFromTheWebUIAtAnyMomentOfTheFirstTask(t *testing.T) {
	s := harness.New(t, harness.Setting("ADMISSION", "off"))
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 100_000, "", "")
	require.NoError(t, err)
	cancelled, refused := 0, 0
	for _, lane := range lanes {
		t.Run(lane.name, func(t *testing.T) {
			moments := lane.moments
			if long {
				moments = 200
			}
			request := harness.Sample()
			lane.change(&request)
			lasts := firstTask(t, s, request)
			ids := make([]order.ID, moments)
			group, ctx := errgroup.WithContext(t.Context())
			group.SetLimit(sweepers)
			for i := range moments {
				group.Go(func() (err error) {
					delay := lasts * 13 / 10 * time.Duration(i) / time.Duration(moments-1)
					ids[i], err = cancelAfter(ctx, s, request, fmt.Sprintf("%s %d", lane.name, i), delay)
					return err
				})
			}
			require.NoError(t, group.Wait())

			found := fallen{ended: map[order.Status]int{}}
			for _, id := range ids {
				found.add(t, s, id)
			}
			t.Logf("over %s, of a first task that ends at %s: %d ended completed and %d cancelled; %d cancels came before the task began, %d had it run again, %d found the order closed",
				lasts*13/10, lasts, found.ended[order.Completed], found.ended[order.Cancelled], found.beforeTask, found.refusedTask, found.late)
			require.Equal(t, moments, found.ended[order.Completed]+found.ended[order.Cancelled])
			cancelled, refused = cancelled+found.ended[order.Cancelled], refused+found.refusedTask
		})
	}
	require.NotZero(t, cancelled, "no cancel came before the parcel")
	require.NotZero(t, refused, "no cancel made the server refuse a first task")
	s.RequireSound(t)
	requireNoneShippedAndRefunded(t, s)
}

// sweepers is how many orders of a sweep run at once.
const sweepers = 8

// firstTask is how long after its POST an order's first task ends, of as many
// orders at once as a sweep has: the slowest.
func firstTask(t *testing.T, s *harness.System, request order.Request) time.Duration {
	t.Helper()
	took := make([]time.Duration, sweepers)
	group, ctx := errgroup.WithContext(t.Context())
	for i := range took {
		group.Go(func() error {
			began := time.Now()
			placed, err := s.API.Place(ctx, request, "", 0)
			if err != nil {
				return err
			}
			return harness.Await(ctx, 20*time.Second, func(ctx context.Context) error {
				history, err := s.History(ctx, placed.ID)
				if err != nil {
					return err
				}
				for _, event := range history.GetEvents() {
					if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
						took[i] = event.GetEventTime().AsTime().Sub(began)
						return nil
					}
				}
				return fmt.Errorf("the first task of %s goes on", placed.ID)
			})
		})
	}
	require.NoError(t, group.Wait())
	return slices.Max(took)
}

// cancelAfter places an order and presses the Web UI's button after the delay,
// again at once as long as there is nothing to cancel yet.
func cancelAfter(ctx context.Context, s *harness.System, request order.Request, key string, delay time.Duration) (order.ID, error) {
	id := order.IDFromKey(key)
	moment := time.NewTimer(delay)
	placing := make(chan error, 1)
	go func() {
		_, err := s.API.Place(ctx, request, key, 0)
		placing <- err
	}()
	<-moment.C
	for {
		err := s.Temporal.CancelWorkflow(ctx, string(id), "")
		if missing := (*serviceerror.NotFound)(nil); err != nil && !errors.As(err, &missing) {
			return id, err
		}
		select {
		case placed := <-placing:
			return id, placed
		default:
			if err == nil {
				return id, <-placing
			}
		}
	}
}

func (f *fallen) add(t *testing.T, s *harness.System, id order.ID) {
	t.Helper()
	f.ended[s.Final(t, id).Status]++
	history, err := s.History(t.Context(), id)
	require.NoError(t, err)
	began, asked := false, false
	for _, event := range history.GetEvents() {
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED:
			began = true
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
			asked = true
			if !began {
				f.beforeTask++
			}
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
			if event.GetWorkflowTaskFailedEventAttributes().GetCause() == enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND {
				f.refusedTask++
			}
		}
	}
	if !asked {
		f.late++
	}
}
