package incidents_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

// The mail server is away for longer than all attempts at a mail take.
func TestAMailServerThatIsAwayForLong(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart(), harness.Setting("EVENT_RETRIES", "100ms"))
	stocked(t, s, "MUG-BLUE", 10)
	require.NoError(t, s.Notifier.Kill())
	id := placed(t, s, "MUG-BLUE", order.Completed, asUsual)
	require.NoError(t, s.Simulators.Kill())
	require.NoError(t, s.Notifier.Start(t.Context()))

	ada := newOnCall(t, s, "dead-letters.md", harness.Binary(t))
	ada.sees("Every attempt failed")
	require.NoError(t, s.Simulators.Start(t.Context()))
	ada.does("Give them back")
	mailedOnce(t, s, id)
	ada.ends(s)
}

// mailedOnce waits until the order has exactly one mail.
func mailedOnce(t *testing.T, s *harness.System, id order.ID) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		books, err := s.Books(ctx)
		if err == nil && len(books.Of(id).Mails) != 1 {
			err = fmt.Errorf("order %s has %d mails", id, len(books.Of(id).Mails))
		}
		return err
	})
}
