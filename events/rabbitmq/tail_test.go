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
		require.Equal(t, published, tail(t, cfg, time.Time{}, len(published)))
	}
}

func TestATailBeginsWithWhatHappenedThen(t *testing.T) {
	cfg, _ := corner(t)
	p := publisher(t, cfg)
	early, late := story(t, "ord_early"), storyAt(t, "ord_late", time.Now())
	require.NoError(t, p.Publish(within(t, time.Minute), early))
	require.NoError(t, p.Publish(within(t, time.Minute), late))
	require.Equal(t, late, tail(t, cfg, late[0].Time, len(late)))
}

func TestATailFindsWhatAFastClockDated(t *testing.T) {
	cfg, _ := corner(t)
	ahead := storyAt(t, "ord_ahead", time.Now().Add(30*time.Second))
	require.NoError(t, publisher(t, cfg).Publish(within(t, time.Minute), ahead))
	require.Equal(t, ahead, tail(t, cfg, ahead[0].Time, len(ahead)))
}

func TestATailWithoutAStreamSaysWhoMakesIt(t *testing.T) {
	cfg, _ := corner(t)
	tailer, err := rabbitmq.NewTailer(cfg)
	require.NoError(t, err)
	err = tailer.Tail(within(t, time.Minute), time.Time{}, func(events.Event) error { return nil })
	require.ErrorContains(t, err, "makegood setup")
}

var errEnough = errors.New("enough")

func tail(t *testing.T, cfg rabbitmq.Config, since time.Time, n int) []events.Event {
	t.Helper()
	tailer, err := rabbitmq.NewTailer(cfg)
	require.NoError(t, err)
	var seen []events.Event
	err = tailer.Tail(within(t, time.Minute), since, func(e events.Event) error {
		if seen = append(seen, e); len(seen) == n {
			return errEnough
		}
		return nil
	})
	require.ErrorIs(t, err, errEnough)
	return seen
}
