package notifications_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"makegood/events"
	"makegood/notifications"
	"makegood/order"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEachMailSaysWhatBecameOfTheOrder(t *testing.T) {
	for name, c := range map[string]struct {
		outcomes []order.Outcome
		event    order.EventType
		subject  string
		says     []string
	}{
		"a receipt lists what was bought": {shipped, order.EventCompleted, "Your receipt for order ord_1",
			[]string{"2 x MUG-BLUE: €25.00", "1 x <TEE>: €9.99", "Total: €34.99", "Mugs & More"}},
		"a refund notice names the amount": {soldOut, order.EventRefunded, "Your refund for order ord_1", []string{"We returned €34.99"}},
		"regret gives the reason in words": {soldOut, order.EventRejected, "We could not complete order ord_1", []string{"sold out before we could"}},
		"a declined payment is said so":    {declined, order.EventRejected, "We could not complete order ord_1", []string{"Your payment was declined."}},
	} {
		t.Run(name, func(t *testing.T) {
			box := startMailbox(t)
			e := eventOf(t, c.outcomes, c.event)
			require.NoError(t, email(t, box).Handler(t.Context(), e))
			require.Len(t, box.mails(), 1)
			got := box.mails()[0]
			require.Equal(t, c.subject, got.header("Subject"))
			require.Equal(t, "<ada@example.com>", got.header("To"))
			require.Equal(t, []string{"ada@example.com"}, got.rcpt)
			require.Equal(t, "<"+e.ID+"@shop.example>", got.header("Message-Id"))
			for _, text := range c.says {
				require.Contains(t, got.text, text)
			}
			require.Contains(t, got.html, "Order ord_1")
			require.NotContains(t, got.html, "<TEE>", "what a shop names its goods is no markup")
		})
	}
}

func TestEveryAttemptSendsTheSameMail(t *testing.T) {
	box := startMailbox(t)
	handler, e := email(t, box).Handler, eventOf(t, shipped, order.EventCompleted)
	for range 2 {
		require.NoError(t, handler(t.Context(), e))
	}
	require.Equal(t, box.mails()[0].raw, box.mails()[1].raw)
	for _, header := range []string{"X-Idempotency-Key", "Resend-Idempotency-Key"} {
		require.Equal(t, e.ID, box.mails()[0].header(header))
	}
}

func TestAnAddressThatIsNoneIsPermanent(t *testing.T) {
	box := startMailbox(t)
	o := sample()
	o.Email = "no address"
	made, err := events.Of(o, order.Tell(o, shipped).Timeline)
	require.NoError(t, err)
	err = email(t, box).Handler(t.Context(), made[len(made)-1])
	require.True(t, events.IsPermanent(err), "%v", err)
}

func TestOtherEventsSendNothing(t *testing.T) {
	box := startMailbox(t)
	require.NoError(t, email(t, box).Handler(t.Context(), eventOf(t, shipped, order.EventPlaced)))
	require.Empty(t, box.mails())
}

func TestABadSettingIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ url, from, says string }{
		"another scheme":   {"http://mail:25", "a@b.example", "SMTP_URL"},
		"no host":          {"smtp://:25", "a@b.example", "SMTP_URL"},
		"no port":          {"smtp://mail", "a@b.example", "SMTP_URL"},
		"a port too large": {"smtp://mail:70000", "a@b.example", "SMTP_URL"},
		"no URL":           {"smtp://%zz", "a@b.example", "SMTP_URL"},
		"a path":           {"smtp://mail:25/inbox", "a@b.example", "SMTP_URL"},
		"no sender":        {"smtp://mail:25", "", "MAIL_FROM"},
		"half a sender":    {"smtp://mail:25", "shop@", "MAIL_FROM"},
	} {
		_, err := notifications.NewEmail(notifications.EmailConfig{SMTPURL: c.url, From: c.from})
		require.ErrorContains(t, err, c.says, name)
		require.NotContains(t, err.Error(), "\n", name)
	}
	_, err := notifications.NewEmail(notifications.EmailConfig{SMTPURL: "ftp://u:secret@mail:25", From: "a@b.example"})
	require.NotContains(t, err.Error(), "secret")
}

var (
	shipped = []order.Outcome{
		{Step: order.Charge, At: at, Reference: "pi_1", Amount: 3499}, {Step: order.Reserve, At: at},
		{Step: order.Ship, At: at, Reference: "par_1"}, {Step: order.Commit, At: at},
	}
	soldOut = []order.Outcome{
		{Step: order.Charge, At: at, Reference: "pi_1", Amount: 3499},
		{Step: order.Reserve, At: at, Reason: order.OutOfStock}, {Step: order.Refund, At: at, Reference: "re_1", Amount: 3499},
	}
	declined = []order.Outcome{{Step: order.Charge, At: at, Reason: order.PaymentDeclined}}
	at       = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
)

func sample() order.Order {
	return order.Order{ID: "ord_1", PlacedAt: at, Request: order.Request{
		CustomerID: "cus_42", Email: "ada@example.com", Currency: "EUR",
		Lines: []order.Line{{SKU: "MUG-BLUE", Quantity: 2, UnitPrice: 1250}, {SKU: "<TEE>", Quantity: 1, UnitPrice: 999}},
	}}
}

func eventOf(t *testing.T, outcomes []order.Outcome, wanted order.EventType) events.Event {
	t.Helper()
	made, err := events.Of(sample(), order.Tell(sample(), outcomes).Timeline)
	require.NoError(t, err)
	for _, e := range made {
		if e.Type == wanted {
			return e
		}
	}
	t.Fatalf("no %s", wanted)
	return events.Event{}
}

func email(t *testing.T, box *mailbox) events.Subscription {
	t.Helper()
	return mailer(t, "smtp://"+box.address, nil)
}
