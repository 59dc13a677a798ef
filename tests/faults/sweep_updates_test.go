package faults_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"golang.org/x/sync/errgroup"

	"makegood/order"
	"makegood/tests/harness"
)

// slowSteps are orders that are under way for some seconds.
var slowSteps = []func(*order.Request){
	at("pm_sim_slow_9000", "1 Main St"),
	at("pm_card_visa", "sim:slow_9000"),
	at("pm_sim_slow_700", "sim:slow_9000"),
	at("pm_sim_slow_9000", "sim:slow_500"),
	func(r *order.Request) { r.ShippingAddress.Line1 = "sim:slow_9000"; isUndeliverable(r) },
}

// A worker accepts a cancel, in an order's first task or in a later one, and
// turns the order back; but the task is never recorded, for worker, gateway,
// Temporal and whoever asked are killed. Nobody remembers the cancel any more,
// and the order ends as if it had not been. A cancel that the gateway has
// confirmed is another matter.
func TestAcceptedCancelsAreLostWithAllThatKnewOfThem(t *testing.T) {
	t.Parallel()
	want := 20
	if long {
		want = 150
	}
	l := losses{
		System:   harness.New(t, harness.Apart(), harness.OwnTemporal(), harness.Setting("ADMISSION", "off")),
		lost:     map[order.ID]order.Status{},
		answered: map[order.ID]bool{},
	}
	_, err := l.API.SetStock(t.Context(), "MUG-BLUE", 100_000, "", "")
	require.NoError(t, err)
	l.keeper = newKeeper(t, l.ToTemporal.Address)
	require.NoError(t, l.Worker.Kill())
	l.Worker.Set("TEMPORAL_ADDRESS", l.keeper.Address)
	for round := 0; len(l.lost) < want; round++ {
		l.round(t, round)
	}
	require.NoError(t, l.Worker.Start(t.Context()))

	l.RequireSound(t)
	requireNoneShippedAndRefunded(t, l.System)
	for id, undisturbed := range l.lost {
		require.Equal(t, undisturbed, l.Final(t, id).Status, id)
	}
	for id := range l.answered {
		require.Equal(t, order.Cancelled, l.Final(t, id).Status, id)
	}
	t.Logf("%d accepted cancels were lost, and none of the %d that the gateway had confirmed", len(l.lost), len(l.answered))
	require.NotEmpty(t, l.answered)
}

// losses is a system whose worker is down between two rounds.
type losses struct {
	*harness.System
	keeper *keeper
	// lost are the orders whose cancel was forgotten, and how they end.
	lost map[order.ID]order.Status
	// answered are the orders whose cancel the gateway has confirmed.
	mu       sync.Mutex
	answered map[order.ID]bool
}

// Of a round's orders, those from direct on are cancelled over the gateway.
const direct, all = 10, 12

// round cancels orders, has a worker accept that and then kills everything. Of
// every other round, the orders are under way by then.
func (l *losses) round(t *testing.T, n int) {
	t.Helper()
	ids := l.place(t, n)
	if n%2 == 1 {
		require.NoError(t, l.Worker.Start(t.Context()))
		l.working(t, ids)
	}
	l.keeper.keep()
	shop, hangUp := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	defer func() { hangUp(); asking.Wait() }()
	for i, id := range ids {
		ask := l.ask
		if i >= direct {
			ask = l.askGateway
		}
		asking.Go(func() { ask(shop, id) })
	}
	if n%2 == 0 {
		for _, id := range ids[:direct] {
			l.admitted(t, id)
		}
		require.NoError(t, l.Worker.Start(t.Context()))
	}
	l.accepted(t, ids[:direct])
	harness.Eventually(t, func(context.Context) error { return l.isAnswered(ids[direct:]) })

	var killing errgroup.Group
	for _, victim := range []interface{ Kill() error }{l.Worker, l.TemporalServer, l.Gateway} {
		killing.Go(victim.Kill)
	}
	hangUp()
	require.NoError(t, killing.Wait())
	l.keeper.forget()
	require.NoError(t, l.TemporalServer.Restart(t.Context()))
	require.NoError(t, l.Gateway.Start(t.Context()))
	for i, id := range ids[:direct] {
		history, err := l.History(t.Context(), id)
		require.NoError(t, err)
		require.Zero(t, harness.Count(history, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED), "order %s remembers its cancel", id)
		l.lost[id] = order.Completed
		if i%len(slowSteps) == len(slowSteps)-1 {
			l.lost[id] = order.Rejected
		}
	}
}

func (l *losses) place(t *testing.T, round int) []order.ID {
	t.Helper()
	ids := make([]order.ID, all)
	group, ctx := errgroup.WithContext(t.Context())
	for i := range ids {
		group.Go(func() error {
			request := harness.Sample()
			if slowSteps[i%len(slowSteps)](&request); i >= direct {
				at("pm_sim_fail_50", "1 Main St")(&request) // so that the gateway is in time
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
