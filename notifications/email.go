package notifications

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"makegood/events"
)

// EmailConfig is what mails need.
type EmailConfig struct {
	// SMTPURL is smtp://[user:password@]host:port, or smtps://.
	SMTPURL string
	// From is the sender, such as Shop <orders@shop.example>. Its name signs
	// the mails.
	From string
	// Retries are the pauses between attempts; see events.Consumer.
	Retries []time.Duration
}

// NewEmail makes the consumer that sends a receipt when an order is completed,
// a notice when money is returned, and regret with the reason when an order is
// rejected. It does not connect before there is a mail to send. Its errors
// name the setting.
func NewEmail(cfg EmailConfig) (events.Subscription, error) {
	s, err := parseServer(cfg.SMTPURL)
	if err != nil {
		return events.Subscription{}, err
	}
	from, err := parseFrom(cfg.From)
	if err != nil {
		return events.Subscription{}, err
	}
	m := mailer{server: s, from: from}
	return events.Subscription{
		Consumer: Consumers(cfg.Retries)[0],
		Handler:  m.handle,
		Timeout:  3 * smtpTimeout,
	}, nil
}

type mailer struct {
	server server
	from   *mail.Address
}

func (m mailer) handle(ctx context.Context, e events.Event) error {
	letter, wanted, err := m.compose(e)
	if err != nil || !wanted {
		return err
	}
	return m.server.send(ctx, letter)
}

// compose writes the mail of an event, the same one on every attempt. An event
// that calls for no mail is not wanted.
func (m mailer) compose(e events.Event) (letter *gomail.Msg, wanted bool, err error) {
	t, wanted := letters[e.Type]
	if !wanted {
		return nil, false, nil
	}
	data, err := events.DataOf(e)
	if err != nil {
		return nil, false, err
	}
	text, html, err := t.write(contentOf(data, m.from.Name))
	if err != nil {
		return nil, false, events.Permanent(fmt.Errorf("write mail for event %s: %w", e.ID, err))
	}
	msg := gomail.NewMsg(gomail.WithBoundary("makegood-"+e.ID), gomail.WithNoDefaultUserAgent())
	if err := msg.From(m.from.String()); err != nil {
		return nil, false, fmt.Errorf("MAIL_FROM: %w", err)
	}
	if err := msg.To(data.Email); err != nil {
		return nil, false, events.Permanent(fmt.Errorf("address mail for event %s: %w", e.ID, err))
	}
	msg.Subject(t.subject + " " + string(data.OrderID))
	msg.SetMessageIDWithValue(e.ID + "@" + domain(m.from))
	msg.SetDateWithValue(e.Time)
	// No vacation notice shall answer it (RFC 3834).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, text)
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
	return msg, true, nil
}

func domain(a *mail.Address) string {
	return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
}
