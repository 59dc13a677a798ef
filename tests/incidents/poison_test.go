package incidents_test

import (
	"context"
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/stretchr/testify/require"

	"makegood/api/client"
	"makegood/order"
	"makegood/tests/harness"
)

// A mailbox refuses a customer's mail for good, and somebody who tries out
// RabbitMQ's page publishes into the queue of the mails what is no event.
func TestAPoisonMessage(t *testing.T) {
	t.Parallel()
	s := harness.New(t)
	stocked(t, s, "MUG-BLUE", 10)
	refused := placed(t, s, "MUG-BLUE", order.Completed, func(r *order.Request) { r.Email = "refuse+ada@example.com" })
	awaitLetters(t, s, 1)
	publishByHand(t, s, "makegood.email", "hello?")
	awaitLetters(t, s, 2)
	served := placed(t, s, "MUG-BLUE", order.Completed, asUsual)

	ada := newOnCall(t, s, "incidents/poison-message.md", harness.Binary(t))
	ada.sees("What you see", "Look")
	require.NoError(t, s.EndRefusal(t.Context(), "refuse+ada@example.com")) // the mailbox is there again
	ada.does("The mail can be sent after all", "Nothing can be made of it")
	ada.sees("Afterwards")
	mailedOnce(t, s, refused)
	mailedOnce(t, s, served)
	ada.ends(s)
}

func awaitLetters(t *testing.T, s *harness.System, letters int) {
	t.Helper()
	harness.Eventually(t, func(ctx context.Context) error {
		page, err := s.API.ListDeadLetters(ctx, client.LetterFilter{}, "", "", 0)
		if err == nil && len(page.Items) != letters {
			err = fmt.Errorf("there are %d dead letters", len(page.Items))
		}
		return err
	})
}

func publishByHand(t *testing.T, s *harness.System, queue, body string) {
	t.Helper()
	conn, err := amqp.Dial(s.AMQPURL())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	ch, err := conn.Channel()
	require.NoError(t, err)
	require.NoError(t, ch.Confirm(false))
	confirm, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", queue, true, false, amqp.Publishing{Body: []byte(body)})
	require.NoError(t, err)
	confirmed, err := confirm.WaitContext(t.Context())
	require.NoError(t, err)
	require.True(t, confirmed)
}
