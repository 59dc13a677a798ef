package inbox_test

import (
	"context"
	"crypto/rand"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/events/inbox"
)

func TestTheInboxTellsHowAnEventStands(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		box := inbox.New(client, inbox.Config{Namespace: rand.Text()})
		asked := []inbox.Record{{Consumer: "email", EventID: "e1"}, {Consumer: "webhook", EventID: "e1"}}
		look := func() []inbox.State {
			states, err := box.Look(t.Context(), asked)
			require.NoError(t, err)
			return states
		}
		require.Equal(t, []inbox.State{inbox.Expected, inbox.Expected}, look())
		require.NoError(t, box.Once("email", func(context.Context, events.Event) error {
			require.Equal(t, []inbox.State{inbox.Underway, inbox.Expected}, look())
			return nil
		})(t.Context(), events.Event{ID: "e1"}))
		require.Equal(t, []inbox.State{inbox.Handled, inbox.Expected}, look())

		none, err := box.Look(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, none)
	})
}
