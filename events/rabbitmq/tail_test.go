package rabbitmq_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/rabbitmq"
)

func TestTheAuditStreamHoldsEveryEventAndTellsItAgain(t *testing.T) {
	cfg, _ := corner(t)
	p := publisher(t, cfg)
	var published []events.Event
	for i := range 300 { // more than is sent ahead
		made := story(t, fmt.Sprintf("ord_%d", i))
		require.NoError(t, p.Publish(within(t, time.Minute), made))
		published = append(published, made...)
	}
	for range 2 { // reading takes nothing away
		require.Equal(t, published, tail(t, cfg, events.From{Since: events.Beginning}, len(published)))
	}
}

func TestATailBeginsWithWhatHappenedThen(t *testing.T) {
	cfg, _ := corner(t)
	p := publisher(t, cfg)
	early, late := story(t, "ord_early"), storyAt(t, "ord_late", time.Now())
	require.NoError(t, p.Publish(within(t, time.Minute), early))
	require.NoError(t, p.Publish(within(t, time.Minute), late))
	require.Equal(t, late, tail(t, cfg, events.From{Since: late[0].Time}, len(late)))
}

func TestATailFindsWhatAFastClockDated(t *testing.T) {
	cfg, _ := corner(t)
	ahead := storyAt(t, "ord_ahead", time.Now().Add(30*time.Second))
	require.NoError(t, publisher(t, cfg).Publish(within(t, time.Minute), ahead))
	require.Equal(t, ahead, tail(t, cfg, events.From{Since: ahead[0].Time}, len(ahead)))
}

func TestATailWithoutAStreamSaysWhoMakesIt(t *testing.T) {
	cfg, _ := corner(t)
	tailer, err := rabbitmq.NewTailer(cfg)
	require.NoError(t, err)
	err = tailer.Tail(within(t, time.Minute), events.From{Since: events.Beginning}, func(events.Entry) error { return nil })
	require.ErrorContains(t, err, "makegood setup")
}

func TestATailGoesOnAfterAPosition(t *testing.T) {
	cfg, _ := corner(t)
	p, tailer := publisher(t, cfg), tailerOf(t, cfg)
	first, second := story(t, "ord_1"), story(t, "ord_2")
	require.NoError(t, p.Publish(within(t, time.Minute), first))
	require.NoError(t, p.Publish(within(t, time.Minute), second))
	var positions []string
	require.ErrorIs(t, tailer.Tail(within(t, time.Minute), events.From{Since: events.Beginning}, func(e events.Entry) error {
		if positions = append(positions, e.Position); len(positions) == 10 {
			return errEnough
		}
		return nil
	}), errEnough)
	require.Equal(t, append(first[3:len(first):len(first)], second...), tail(t, cfg, events.From{After: positions[2]}, 7))

	third := story(t, "ord_3")
	publishNext := func() { require.NoError(t, p.Publish(within(t, time.Minute), third)) }
	require.Equal(t, third, tail(t, cfg, events.From{Begun: publishNext}, 5), "from now on")
	require.ErrorIs(t, tailer.Tail(t.Context(), events.From{After: "17-0"}, nil), events.ErrPosition)
}

func tailerOf(t *testing.T, cfg rabbitmq.Config) *rabbitmq.Tailer {
	t.Helper()
	tailer, err := rabbitmq.NewTailer(cfg)
	require.NoError(t, err)
	return tailer
}

var errEnough = errors.New("enough")

func tail(t *testing.T, cfg rabbitmq.Config, from events.From, n int) []events.Event {
	t.Helper()
	tailer, err := rabbitmq.NewTailer(cfg)
	require.NoError(t, err)
	var seen []events.Event
	err = tailer.Tail(within(t, time.Minute), from, func(e events.Entry) error {
		if seen = append(seen, e.Event); len(seen) == n {
			return errEnough
		}
		return nil
	})
	require.ErrorIs(t, err, errEnough)
	return seen
}
