package deadletters_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/deadletters"
	"makegood/events/inbox"
	"makegood/order"
)

func TestTheInboxRemembersLongerThanALetterIsKept(t *testing.T) {
	require.Less(t, deadletters.DefaultKeepFor, inbox.DefaultKeepFor)
}

func TestALetterTellsWhatDiedAndWhy(t *testing.T) {
	onEach(t, func(t *testing.T, open func(deadletters.Config) *deadletters.Index) {
		x := open(deadletters.Config{})
		dead := died(t, "email", "ord_1", events.DeadAttempts, 7)
		require.NoError(t, x.Add(t.Context(), dead))
		id := "email." + events.ID("ord_1", 1)
		l, err := x.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, dead.Body, l.Body)
		require.WithinDuration(t, time.Now(), l.DiedAt, time.Minute)
		listed := all(t, x, deadletters.Filter{}, 50)
		require.Len(t, listed, 1)
		require.Nil(t, listed[0].Body)
		require.Equal(t, id, listed[0].ID)
		require.Equal(t, "email", listed[0].Consumer)
		require.Equal(t, events.ID("ord_1", 1), listed[0].EventID)
		require.Equal(t, order.ID("ord_1"), listed[0].OrderID)
		require.Equal(t, order.EventPlaced, listed[0].Type)
		require.Equal(t, deadletters.Dead, listed[0].State)
		require.Equal(t, events.DeadAttempts, listed[0].Reason)
		require.Equal(t, 5, listed[0].Attempts)
		require.Equal(t, "no route to host", listed[0].FirstError)
		require.Equal(t, "550 no such mailbox", listed[0].LastError)
		require.Equal(t, dead.FirstAt, listed[0].FirstAt)
		require.Equal(t, dead.LastAt, listed[0].LastAt)
		_, err = x.Get(t.Context(), "email.nothing")
		require.ErrorIs(t, err, deadletters.ErrUnknown)
	})
}

func TestOneDeathIsOneLetterAndTheNextOneRenewsIt(t *testing.T) {
	onEach(t, func(t *testing.T, open func(deadletters.Config) *deadletters.Index) {
		registry := prometheus.NewRegistry()
		x := open(deadletters.Config{Registry: registry})
		first := died(t, "email", "ord_1", events.DeadAttempts, 1)
		for range 3 {
			require.NoError(t, x.Add(t.Context(), first))
		}
		require.NoError(t, x.Add(t.Context(), died(t, "email", "ord_2", events.DeadPermanent, 1)))
		require.NoError(t, x.Add(t.Context(), died(t, "webhook", "ord_1", events.DeadPermanent, 1)))
		id := "email." + events.ID("ord_1", 1)
		require.Equal(t, id, ids(all(t, x, deadletters.Filter{}, 50))[2])

		again := died(t, "email", "ord_1", events.DeadPermanent, 2)
		require.NoError(t, x.Add(t.Context(), again))
		letters := all(t, x, deadletters.Filter{}, 50)
		require.Len(t, letters, 3)
		require.Equal(t, id, letters[0].ID)
		require.Equal(t, events.DeadPermanent, letters[0].Reason)
		require.Equal(t, again.LastAt, letters[0].LastAt)
		require.Equal(t, 3.0, sum(t, registry, "makegood_dead_letters_open"))
		require.Equal(t, 4.0, sum(t, registry, "makegood_dead_letters_added_total"))
	})
}

func TestWhatIsNoEventIsKnownByItsBody(t *testing.T) {
	onEach(t, func(t *testing.T, open func(deadletters.Config) *deadletters.Index) {
		x := open(deadletters.Config{})
		for _, body := range []string{"{", "", "\xff", "{"} {
			dead := died(t, "email", "ord_1", events.DeadPermanent, 1)
			dead.Body = []byte(body)
			require.NoError(t, x.Add(t.Context(), dead))
		}
		letters := all(t, x, deadletters.Filter{}, 50)
		require.Len(t, letters, 3)
		for _, l := range letters {
			require.Regexp(t, `^email\.body-[0-9a-f]{32}$`, l.ID)
			require.Empty(t, l.OrderID)
		}
		l, err := x.Get(t.Context(), letters[0].ID)
		require.NoError(t, err)
		require.Equal(t, []byte("\xff"), l.Body)
	})
}

// Without a time nothing tells a repeat from another death, and none may be lost.
func TestADeathThatNobodyTimedIsNeverTakenForAnOldOne(t *testing.T) {
	onEach(t, func(t *testing.T, open func(deadletters.Config) *deadletters.Index) {
		x := open(deadletters.Config{})
		dead := died(t, "email", "ord_1", events.DeadRejected, 0)
		dead.FirstAt, dead.LastAt = time.Time{}, time.Time{}
		require.NoError(t, x.Add(t.Context(), dead))
		l := all(t, x, deadletters.Filter{}, 50)[0]
		require.Equal(t, l.DiedAt, l.LastAt)
		_, err := x.Discard(t.Context(), l.ID, "ada", "a test")
		require.NoError(t, err)
		require.NoError(t, x.Add(t.Context(), dead))
		require.Len(t, all(t, x, deadletters.Filter{}, 50), 1)
	})
}

func TestLettersAreFoundByWhatTheyAre(t *testing.T) {
	onEach(t, func(t *testing.T, open func(deadletters.Config) *deadletters.Index) {
		x := open(deadletters.Config{})
		const orders = 30
		for i := range orders {
			for _, consumer := range []string{"email", "webhook"} {
				reason := events.DeadReasons[i%2]
				require.NoError(t, x.Add(t.Context(), died(t, consumer, order.ID(fmt.Sprintf("ord_%d", i)), reason, i)))
			}
		}
		_, err := x.Discard(t.Context(), "email."+events.ID("ord_3", 1), "ada", "a test order")
		require.NoError(t, err)
		for _, row := range []struct {
			filter deadletters.Filter
			want   int
		}{
			{deadletters.Filter{}, 2*orders - 1},
			{deadletters.Filter{Consumer: "webhook"}, orders},
			{deadletters.Filter{Reason: events.DeadPermanent}, orders},
			{deadletters.Filter{Reason: events.DeadPermanent, Consumer: "email"}, orders / 2},
			{deadletters.Filter{Type: order.EventPlaced}, 2*orders - 1},
			{deadletters.Filter{Type: order.EventCompleted}, 0},
			{deadletters.Filter{OrderID: "ord_1"}, 2}, // and not ord_10
			{deadletters.Filter{OrderID: "ord_3"}, 1},
			{deadletters.Filter{OrderID: "ord_3", State: deadletters.Discarded}, 1},
			{deadletters.Filter{State: deadletters.Discarded}, 1},
			{deadletters.Filter{State: deadletters.Dead}, 2*orders - 1},
			{deadletters.Filter{State: deadletters.Redriving}, 0},
		} {
			for _, limit := range []int{1, 7, 100} {
				require.Len(t, all(t, x, row.filter, limit), row.want, "%+v", row.filter)
			}
		}
		_, err = x.List(t.Context(), deadletters.Filter{}, "-1", 1)
		require.ErrorIs(t, err, deadletters.ErrCursor)
	})
}

func TestALongListIsReadInBoundedParts(t *testing.T) {
	x := indexOn(t, deadletters.Config{Log: slog.New(slog.DiscardHandler)})
	const letters = 2500
	for i := range letters {
		reason := events.DeadAttempts
		if i == 0 {
			reason = events.DeadPermanent // the last one of the list
		}
		require.NoError(t, x.Add(t.Context(), died(t, "email", order.ID(fmt.Sprintf("ord_%d", i)), reason, i)))
	}
	page, err := x.List(t.Context(), deadletters.Filter{Reason: events.DeadPermanent}, "", 50)
	require.NoError(t, err)
	require.Empty(t, page.Items)
	require.NotEmpty(t, page.NextCursor)
	require.Len(t, all(t, x, deadletters.Filter{Reason: events.DeadPermanent}, 50), 1)
	require.Len(t, all(t, x, deadletters.Filter{}, 100), letters)

	marked, calls := 0, 0
	for cursor := ""; calls == 0 || cursor != ""; calls++ {
		var n int
		n, cursor, err = x.RedriveAll(t.Context(), deadletters.Filter{Reason: events.DeadAttempts}, cursor)
		require.NoError(t, err)
		marked += n
	}
	require.Equal(t, letters-1, marked)
	require.Equal(t, 2, calls)
	require.Len(t, all(t, x, deadletters.Filter{State: deadletters.Dead}, 100), 1)
}

// sum adds up a metric over its labels.
func sum(t testing.TB, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	total, there := 0.0, false
	for _, f := range families {
		there = there || f.GetName() == name
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				total += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	require.True(t, there, name)
	return total
}
