package notifications_test

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
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
			[]string{"2 x MUG-BLUE: 25.00 EUR", "1 x <TEE>: 9.99 EUR", "Total: 34.99 EUR", "Mugs & More"}},
		"a refund notice names the amount": {soldOut, order.EventRefunded, "Your refund for order ord_1", []string{"We returned 34.99 EUR"}},
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
}

func TestTheServersAnswerDecidesWhetherToTryAgain(t *testing.T) {
	reply := func(code int) error { return &smtp.SMTPError{Code: code, Message: "as told"} }
	for name, c := range map[string]struct {
		mailbox   *mailbox
		fails     bool
		permanent bool
	}{
		"a server that is busy is asked again":                     {&mailbox{onMail: reply(451)}, true, false},
		"a full mailbox is tried again":                            {&mailbox{onRcpt: reply(452)}, true, false},
		"an unknown recipient is permanent":                        {&mailbox{onRcpt: reply(550)}, true, true},
		"a refused sender is permanent":                            {&mailbox{onMail: reply(553)}, true, true},
		"a refused mail is permanent":                              {&mailbox{onData: reply(554)}, true, true},
		"a mail that the server could not store is tried again":    {&mailbox{onData: reply(451)}, true, false},
		"a server that accepts the mail and hangs up has it":       {&mailbox{hangUp: true}, false, false},
		"a server that accepts the mail and then complains has it": {&mailbox{complain: true}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			box := c.mailbox.start(t)
			err := email(t, box).Handler(t.Context(), eventOf(t, shipped, order.EventCompleted))
			require.Equal(t, c.fails, err != nil, "%v", err)
			require.Equal(t, c.permanent, events.IsPermanent(err), "%v", err)
			require.Equal(t, !c.fails, len(box.mails()) == 1)
		})
	}
}

func TestAServerThatIsAwayIsTriedAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	sub, err := notifications.NewEmail(notifications.EmailConfig{SMTPURL: "smtp://" + l.Addr().String(), From: "orders@shop.example"})
	require.NoError(t, err)
	err = sub.Handler(t.Context(), eventOf(t, shipped, order.EventCompleted))
	require.Error(t, err)
	require.False(t, events.IsPermanent(err))
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
	sub, err := notifications.NewEmail(notifications.EmailConfig{SMTPURL: "smtp://" + box.address, From: "Mugs & More <orders@shop.example>"})
	require.NoError(t, err)
	return sub
}

// mailbox is a real SMTP server that answers as told.
type mailbox struct {
	onMail, onRcpt, onData error
	hangUp                 bool // right after it accepted a mail
	complain               bool // about every command after it accepted a mail
	address                string

	mu       sync.Mutex
	accepted []received
}

type received struct {
	rcpt            []string
	raw, text, html string
	head            mail.Header
}

func (r received) header(name string) string {
	text, _ := new(mime.WordDecoder).DecodeHeader(r.head.Get(name))
	return text
}

func startMailbox(t *testing.T) *mailbox { return (&mailbox{}).start(t) }

func (b *mailbox) start(t *testing.T) *mailbox {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b.address = l.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{box: b, conn: c}, nil
	}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		_ = l.Close() // Serve may not have come to it yet
		<-done
	})
	return b
}

func (b *mailbox) mails() []received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]received(nil), b.accepted...)
}

type session struct {
	box  *mailbox
	conn *smtp.Conn
	rcpt []string
	done bool
}

func (s *session) Mail(string, *smtp.MailOptions) error { return s.box.onMail }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.rcpt = append(s.rcpt, to)
	return s.box.onRcpt
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.box.onData != nil {
		return s.box.onData
	}
	got, err := parse(string(raw))
	if err != nil {
		return err
	}
	got.rcpt = s.rcpt
	s.box.mu.Lock()
	s.box.accepted = append(s.box.accepted, got)
	s.box.mu.Unlock()
	s.done = true
	return nil
}

func (s *session) Reset() {
	if s.done && s.box.hangUp {
		_ = s.conn.Conn().Close()
	}
	if s.done && s.box.complain {
		_, _ = fmt.Fprint(s.conn.Conn(), "554 no more of this\r\n")
	}
}

func (s *session) Logout() error { return nil }

func parse(raw string) (received, error) {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return received{}, err
	}
	got := received{raw: raw, head: m.Header}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return received{}, err
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return got, nil
		} else if err != nil {
			return received{}, err
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return received{}, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			got.html = string(body)
		} else {
			got.text = strings.ReplaceAll(string(body), "\r\n", "\n")
		}
	}
}
