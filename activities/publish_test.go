package activities_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"makegood/activities"
	"makegood/events"
)

// failing is a publisher whose every publish ends so.
type failing struct {
	events.Publisher
	err error
}

func (f failing) Publish(context.Context, []events.Event) error { return f.err }

func TestAFailedPublishIsNamedAfterItsCause(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		kind  string
		pause time.Duration // at least
	}{
		"an outage":                        {events.ErrBrokerDown, "BrokerDown", 0},
		"a broker that does not answer":    {context.DeadlineExceeded, "BrokerDown", 0},
		"a full queue, which waits longer": {events.ErrRefused, "EventsRefused", 30 * time.Second},
		"a topology that is gone":          {events.ErrUnroutable, "EventsUnroutable", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := activities.Activities{Publisher: failing{err: fmt.Errorf("publish: %w", c.err)}}
			err := a.Publish(t.Context(), activities.Announcement{})
			var failure *temporal.ApplicationError
			require.ErrorAs(t, err, &failure)
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.kind, failure.Type())
			require.Equal(t, temporal.ApplicationErrorCategoryBenign, failure.Category())
			require.False(t, failure.NonRetryable())
			require.GreaterOrEqual(t, failure.NextRetryDelay(), c.pause)
			require.LessOrEqual(t, failure.NextRetryDelay(), 2*c.pause)
		})
	}
}

func TestAPublishWhoseCallerIsGoneBlamesNoBroker(t *testing.T) {
	a := activities.Activities{Publisher: failing{err: fmt.Errorf("not confirmed in time: %w", context.Canceled)}}
	err := a.Publish(t.Context(), activities.Announcement{})
	require.ErrorIs(t, err, context.Canceled)
	var failure *temporal.ApplicationError
	require.NotErrorAs(t, err, &failure)
}
