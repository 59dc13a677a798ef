package notifications

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"go.opentelemetry.io/otel/trace"

	"makegood/events"
	"makegood/order"
	"makegood/telemetry"
)

// EmailConfig is what mails need.
type EmailConfig struct {
	// SMTPURL is smtp://[user:password@]host:port, or smtps://.
	SMTPURL string
	// From is the sender, such as Shop <orders@shop.example>. Its name signs
	// the mails.
	From string
	// Templates is a folder whose files replace our templates; empty means
	// none. docs/notifications.md says what they may hold.
	Templates string
	// Locale is the BCP 47 tag by which amounts are written. Empty means en.
	Locale string
	// Retries are the pauses between attempts; see events.Consumer.
	Retries []time.Duration
	// Roots are whom the server's certificate may come from. Nil means the
	// system's own, which SSL_CERT_FILE and SSL_CERT_DIR replace.
	Roots *x509.CertPool
}

// NewEmail makes the consumer that sends a receipt when an order is completed,
// a notice when money is returned, and regret with the reason when an order is
// rejected. It does not connect before there is a mail to send. Its errors
// name the setting.
func NewEmail(cfg EmailConfig) (events.Subscription, error) {
	s, err := parseServer(cfg.SMTPURL, cfg.Roots)
	if err != nil {
		return events.Subscription{}, err
	}
	from, err := parseFrom(cfg.From)
	if err != nil {
		return events.Subscription{}, err
	}
	l, err := parseLocale(cfg.Locale)
	if err != nil {
		return events.Subscription{}, err
	}
	letters, err := loadLetters(cfg.Templates, l)
	if err != nil {
		return events.Subscription{}, err
	}
	m := mailer{server: s, from: from, locale: l, letters: letters}
	return events.Subscription{
		Consumer: emailConsumer(cfg.Retries),
		Handler:  m.handle,
		// Each has a connection to the server, and servers take few from one client.
		Concurrency: 8,
		Timeout:     3 * smtpTimeout,
	}, nil
}

type mailer struct {
	server  server
	from    *mail.Address
	locale  locale
	letters map[order.EventType]letter
}

func (m mailer) handle(ctx context.Context, e events.Event) error {
	msg, wanted, err := m.compose(e)
	if err != nil || !wanted {
		return err
	}
	ctx, span := telemetry.Span(ctx, "send mail", trace.SpanKindClient, telemetry.OrderID.String(string(e.Subject)))
	err = m.server.send(ctx, msg)
	telemetry.End(span, err)
	return err
}

// compose writes the mail of an event, the same one on every attempt. An event
// that calls for no mail is not wanted.
func (m mailer) compose(e events.Event) (msg *gomail.Msg, wanted bool, err error) {
	letter, wanted := m.letters[e.Type]
	if !wanted {
		return nil, false, nil
	}
	data, err := events.DataOf(e)
	if err != nil {
		return nil, false, err
	}
	text, err := letter.write(contentOf(data, m.from.Name, m.locale))
	if err != nil {
		return nil, false, events.Permanent(fmt.Errorf("write mail for event %s: %w", e.ID, err))
	}
	msg = gomail.NewMsg(gomail.WithBoundary("makegood-"+e.ID), gomail.WithNoDefaultUserAgent())
	if err := msg.From(m.from.String()); err != nil {
		return nil, false, fmt.Errorf("MAIL_FROM: %w", err)
	}
	if err := msg.To(data.Email); err != nil {
		return nil, false, events.Permanent(fmt.Errorf("address mail for event %s: %w", e.ID, err))
	}
	msg.Subject(text.subject)
	msg.SetMessageIDWithValue(e.ID + "@" + domain(m.from))
	msg.SetDateWithValue(e.Time)
	for _, header := range idempotencyHeaders {
		msg.SetGenHeader(header, e.ID)
	}
	// No vacation notice shall answer it (RFC 3834).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, text.plain)
	msg.AddAlternativeString(gomail.TypeTextHTML, text.rich)
	return msg, true, nil
}

// idempotencyHeaders carry the event's id. SMTP has no header for it that all
// agree on. Resend's relay takes its own, and drops what repeats it within a
// day; SendGrid, Postmark and SES drop nothing, and Message-ID is theirs to
// replace: a filter or a relay of one's own goes by the general name.
var idempotencyHeaders = []gomail.Header{"X-Idempotency-Key", "Resend-Idempotency-Key"}

func domain(a *mail.Address) string {
	return a.Address[strings.LastIndexByte(a.Address, '@')+1:]
}
