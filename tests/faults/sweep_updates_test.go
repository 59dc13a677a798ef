package faults_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

// slowLanes keep the first task busy for most of its second, or all of it.
var slowLanes = []func(*order.Request){
	func(r *order.Request) { r.PaymentMethod = "pm_sim_slow_900" },
	func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_900" },
	func(r *order.Request) { r.PaymentMethod, r.ShippingAddress.Line1 = "pm_sim_slow_450", "sim:slow_450" },
	func(r *order.Request) { r.PaymentMethod = "pm_sim_slow_2500" },
	func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_900"; isUndeliverable(r) },
}

// noLane is an order for which no lane gets anywhere, so that its cancel is in
// time, whatever is killed.
func noLane(r *order.Request) { r.PaymentMethod = "pm_sim_fail_6" }

// A worker accepts a cancel at the beginning of an order's first task, and
// worker, gateway, Temporal and whoever asked are killed while the task runs:
// nobody remembers the cancel any more. Whatever the task did before it died
// counts all the same.
func TestAcceptedCancelsAreLostWithAllThatKnewOfThem(t *testing.T) {
	t.Parallel()
	want := 50
	if os.Getenv("MAKEGOOD_LONG") != "" {
		want = 150
	}
	l := losses{
		System:   harness.New(t, harness.Apart(), harness.OwnTemporal(), harness.Setting("ADMISSION", "off")),
		answered: map[order.ID]int{},
	}
	_, err := l.API.SetStock(t.Context(), "MUG-BLUE", 100_000, "", "")
	require.NoError(t, err)
	require.NoError(t, l.Worker.Kill())
	for round := 0; l.lost < want; round++ {
		require.Less(t, round, want/5, "%d of %d cancels were lost", l.lost, want)
		l.round(t, round)
	}
	require.NoError(t, l.Worker.Start(t.Context()))

	l.RequireSound(t)
	requireNoneShippedAndRefunded(t, l.System)
	ends := map[order.Status]int{}
	books, err := l.Books(t.Context())
	require.NoError(t, err)
	for id, i := range l.answered {
		status := l.Final(t, id).Status
		ends[status]++
		if i == inTime || status != order.Completed {
			require.Equal(t, order.Cancelled, status, id)
		} else {
			require.Len(t, books.Of(id).Parcels, 1, id)
		}
	}
	t.Logf("%d accepted cancels were lost; of %d that the gateway had answered with 202, %v", l.lost, len(l.answered), ends)
	require.NotZero(t, ends[order.Cancelled])
}

// losses is a system whose worker is down between two rounds.
type losses struct {
	*harness.System
	lost int
	// answered are the orders whose cancel the gateway has confirmed, each with
	// its place in its round.
	mu       sync.Mutex
	answered map[order.ID]int
}

// Of a round's orders, those from direct on are cancelled over the gateway,
// the last one always in time.
const (
	direct = 10
	inTime = direct + 1
)

// round places ten orders that are cancelled before any worker has seen them,
// and two whose cancel goes over the gateway. It then starts the worker and
// kills everything a little later each time.
func (l *losses) round(t *testing.T, n int) {
	t.Helper()
	ids := l.place(t, n, inTime+1)
	shop, hangUp := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	defer func() { hangUp(); asking.Wait() }()
	for _, id := range ids[:direct] {
		asking.Go(func() { l.ask(shop, id) })
	}
	for i, id := range ids[direct:] {
		asking.Go(func() { l.askGateway(shop, id, direct+i) })
	}
	for _, id := range ids[:direct] {
		l.admitted(t, id)
	}
	if n%2 == 1 { // the gateway gives up on a worker, and leaves the cancel with Temporal
		harness.Eventually(t, func(context.Context) error { return l.isAnswered(ids[direct:]) })
	}
	require.NoError(t, l.Worker.Start(t.Context()))
	l.begun(t, ids[:direct])
	<-time.After(time.Duration(n%5) * 150 * time.Millisecond) // what is swept

	var killing errgroup.Group
	for _, victim := range []interface{ Kill() error }{l.Worker, l.TemporalServer, l.Gateway} {
		killing.Go(victim.Kill)
	}
	hangUp()
	require.NoError(t, killing.Wait())
	require.NoError(t, l.TemporalServer.Restart(t.Context()))
	require.NoError(t, l.Gateway.Start(t.Context()))
	for _, id := range ids[:direct] {
		history, err := l.History(t.Context(), id)
		require.NoError(t, err)
		if harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED) > 0 &&
			harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) == 0 &&
			harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED) == 0 {
			l.lost++
		}
	}
}

func (l *losses) place(t *testing.T, round, n int) []order.ID {
	t.Helper()
	ids := make([]order.ID, n)
	group, ctx := errgroup.WithContext(t.Context())
	for i := range ids {
		group.Go(func() error {
			request := harness.Sample()
			if slowLanes[i%len(slowLanes)](&request); i == inTime {
				noLane(&request)
			}
			placed, err := l.API.Place(ctx, request, fmt.Sprintf("lost %d of round %d", i, round), 0)
			ids[i] = placed.ID
			return err
		})
	}
	require.NoError(t, group.Wait())
	return ids
}

func requireNoneShippedAndRefunded(t *testing.T, s *harness.System) {
	t.Helper()
	books, err := s.Books(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, books.Parcels)
	for _, parcel := range books.Parcels {
		require.Zero(t, books.Of(order.ID(parcel.Reference)).Returned(), "order %s was shipped and refunded", parcel.Reference)
	}
}
