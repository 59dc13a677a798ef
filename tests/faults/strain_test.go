package faults_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

func TestMoreOrdersThanTheRateOnlyTakeLonger(t *testing.T) {
	t.Parallel()
	const rate, orders = 5, 40
	way := newWay(t)
	s := harness.New(t, harness.Setting("STRIPE_URL", way.url+"/stripe"), harness.Setting("STRIPE_RATE", fmt.Sprint(rate)))
	way.leadTo(t, s)

	began := time.Now()
	ids := placeAtOnce(t, s, "hurried", orders)
	skipped := 0
	for _, id := range ids {
		require.Equal(t, order.Completed, s.Final(t, id).Status, "none is turned back")
		history := s.Closed(t, id)
		if harness.Count(history, enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) > 0 {
			skipped++
			require.Contains(t, laneFailure(history), "stripe was not asked: its rate is used up")
		}
	}
	asked := way.times()
	t.Logf("%d orders took %s and %d requests, %d of them skipped the lane", orders, time.Since(began).Round(time.Second), len(asked), skipped)
	require.GreaterOrEqual(t, skipped, orders*9/10)
	require.Less(t, len(asked), orders*4, "attempts that had to wait repeat little")
	// One more than the rate within a second is what a request that was held
	// up on its way makes of it; over several seconds it is one more as well.
	// The race detector holds up more of them.
	heldUp := 1
	if harness.UnderRace {
		heldUp = 3
	}
	for _, seconds := range []int{1, 2, 5, 10} {
		require.LessOrEqual(t, most(asked, time.Duration(seconds)*time.Second), rate*seconds+heldUp)
	}
	s.RequireSound(t)
}

func TestAProviderThatIsDownIsLeftAloneUntilItIsBack(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	before := placeAtOnce(t, s, "before", 1)[0]
	require.Equal(t, order.Completed, s.Final(t, before).Status)

	s.ToSimulators.Cut()
	during := placeAtOnce(t, s, "during", 30)
	harness.Eventually(t, func(ctx context.Context) error { return breakerIs(ctx, s, "stripe", 2) })
	later := placeAtOnce(t, s, "later", 5)
	for _, id := range later {
		harness.Eventually(t, func(ctx context.Context) error {
			history, err := s.History(ctx, id)
			if err == nil && harness.Count(history, enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) == 0 {
				err = fmt.Errorf("order %s is still in the lane", id)
			}
			return err
		})
		history, err := s.History(t.Context(), id)
		require.NoError(t, err)
		require.Contains(t, laneFailure(history), "stripe was not asked: it fails too often")
	}
	require.Equal(t, 1, strings.Count(s.Worker.Log(), "provider fails too often"), "one line of its outage")

	s.ToSimulators.Mend(t.Context())
	for _, id := range append(during, later...) {
		require.Equal(t, order.Completed, s.Final(t, id).Status)
	}
	harness.Eventually(t, func(ctx context.Context) error { return breakerIs(ctx, s, "stripe", 0) })
	require.Equal(t, 1, strings.Count(s.Worker.Log(), "provider answers again"), "and one of its end")
	after := placeAtOnce(t, s, "after", 1)[0]
	require.Equal(t, order.Completed, s.Final(t, after).Status)
	require.Zero(t, harness.Count(s.Closed(t, after), enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED), "the lane is open again")
	s.RequireSound(t)
}

// placeAtOnce places orders that ship, each for a customer of its own.
func placeAtOnce(t *testing.T, s *harness.System, name string, n int) []order.ID {
	t.Helper()
	request := harness.Sample()
	request.Lines[0].SKU = "SKU-" + name
	_, err := s.API.SetStock(t.Context(), request.Lines[0].SKU, int64(2*n), "", "")
	require.NoError(t, err)
	ids := make([]order.ID, n)
	group, ctx := errgroup.WithContext(t.Context())
	for i := range ids {
		group.Go(func() error {
			one := request
			one.CustomerID = fmt.Sprintf("cus_%s_%d", name, i)
			return harness.Insist(ctx, func() error {
				placed, err := s.API.Place(ctx, one, one.CustomerID, 0)
				ids[i] = placed.ID
				return err
			})
		})
	}
	require.NoError(t, group.Wait())
	return ids
}

// laneFailure is why the last local activity that failed did.
func laneFailure(history *historypb.History) (why string) {
	for _, event := range history.GetEvents() {
		if failure := event.GetMarkerRecordedEventAttributes().GetFailure(); failure != nil {
			why = failure.GetMessage()
		}
	}
	return why
}

// breakerIs reads the state of a provider's breaker where an operator does.
func breakerIs(ctx context.Context, s *harness.System, provider string, want float64) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Worker.Address+"/metrics", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		return err
	}
	for _, metric := range families["makegood_outbound_breaker_state"].GetMetric() {
		if metric.GetLabel()[0].GetValue() == provider {
			if state := metric.GetGauge().GetValue(); state != want {
				return fmt.Errorf("the breaker of %s is %v, not %v", provider, state, want)
			}
			return nil
		}
	}
	return errors.New("no breaker of " + provider)
}
