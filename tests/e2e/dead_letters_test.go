package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// A customer's mailbox refuses its mail for good. The mail waits in the dead
// letters and holds up nobody's; once the mailbox is there, an operator has it
// sent, exactly once. The gateway hears of the operator while the notifier is
// dead.
func TestAMailThatIsRefusedForGood(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart())
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 100, "", "")
	require.NoError(t, err)
	run := func(command string) string {
		t.Helper()
		out, stderr, code := makegood(t, "API_URL="+s.URL, command)
		require.Zero(t, code, stderr)
		return out
	}
	buy := func(email string) order.ID {
		t.Helper()
		request := harness.Sample()
		request.Email = email
		a := post(t, s, request, "", 10)
		require.Equal(t, order.Completed, a.statusOf(t))
		return a.id(t)
	}
	mailsOf := func(id order.ID) []harness.Mail {
		t.Helper()
		books, err := s.Books(t.Context())
		require.NoError(t, err)
		return books.Of(id).Mails
	}
	awaitMail := func(id order.ID) {
		t.Helper()
		harness.Eventually(t, func(context.Context) error {
			if len(mailsOf(id)) == 0 {
				return fmt.Errorf("no mail of order %s", id)
			}
			return nil
		})
	}

	refused := buy("refuse+ada@example.com")
	var letter client.Letter
	harness.Eventually(t, func(ctx context.Context) error {
		page, err := s.API.ListDeadLetters(ctx, client.LetterFilter{OrderID: refused}, "", "", 0)
		if err == nil && len(page.Items) != 1 {
			err = fmt.Errorf("%d dead letters", len(page.Items))
		}
		if err == nil {
			letter = page.Items[0]
		}
		return err
	})
	require.Equal(t, "email", letter.Consumer)
	require.Equal(t, "permanent", letter.Reason)
	require.Equal(t, order.EventCompleted, letter.Type)
	require.Equal(t, 1, letter.Attempts)
	require.Contains(t, letter.LastError, "No such mailbox")
	for i := range 5 {
		awaitMail(buy(fmt.Sprintf("customer-%d@example.com", i)))
	}
	require.Empty(t, mailsOf(refused))
	require.Contains(t, run("dead-letters list"), letter.ID)
	require.Contains(t, run("dead-letters show "+letter.ID), "No such mailbox")

	require.NoError(t, s.EndRefusal(t.Context(), "refuse+ada@example.com"))
	require.NoError(t, s.Notifier.Kill())
	require.Equal(t, letter.ID+"  redriving\n", run("dead-letters redrive "+letter.ID))
	require.NoError(t, s.Notifier.Restart(t.Context()))
	awaitMail(refused)
	harness.Eventually(t, func(context.Context) error {
		if out := run("dead-letters show " + letter.ID); !strings.Contains(out, "redriven") {
			return errors.New(out)
		}
		return nil
	})
	require.Equal(t, "0 dead letters are redriving\n", run("dead-letters redrive --all"))
	awaitMail(buy("last@example.com")) // behind a second one, if there were any
	require.Len(t, mailsOf(refused), 1)
	require.True(t, strings.HasPrefix(mailsOf(refused)[0].MessageID, letter.EventID+"@"))
}
