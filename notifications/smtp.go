package notifications

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"makegood/events"
)

const (
	// smtpTimeout bounds connecting, greeting and sending each. A server may
	// take its time over a mail's last line, and who does not wait sends it
	// twice.
	smtpTimeout = 30 * time.Second
	// quitTimeout is what a goodbye may take once the server has the mail: the
	// inbox waits for it, and until its mark a crash repeats the mail.
	quitTimeout = time.Second
)

// send hands the mail over, on a connection of its own, before ctx ends.
// What the server refuses for good about the mail is permanent. Once it has
// accepted the mail (250) nothing else counts: a server that then hangs up
// without a goodbye has the mail all the same.
func (s server) send(ctx context.Context, m *gomail.Msg) error {
	line := &line{server: s, ctx: ctx}
	defer line.close()
	defer context.AfterFunc(ctx, line.close)()
	client, err := gomail.NewClient(s.host, append(slices.Clone(s.opts), gomail.WithDialContextFunc(line.dial))...)
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		// Whatever it says, the settings or the server are at fault: the mail
		// has not been shown yet.
		return fmt.Errorf("send mail: reach %s: %w", s.host, inTime(ctx, s.explain(err)))
	}
	err = client.SendWithSMTPClient(session, m)
	if m.IsDelivered() {
		line.hurry(quitTimeout)
		_ = session.Quit()
		return nil
	}
	err = fmt.Errorf("send mail: %w", inTime(ctx, err))
	if aboutTheMail(err) {
		return events.Permanent(err)
	}
	return err
}

// inTime says so where it was the context that ended.
func inTime(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%w: %w", ctx.Err(), err)
}

// aboutTheMail tells whether the server refuses this mail for good, and would
// take others. A sender that it refuses is a setting, and so are credentials
// or TLS that it asks for only now: no mail would pass, and each is tried
// again until somebody has put that right.
func aboutTheMail(err error) bool {
	var refusal *gomail.SendError
	if !errors.As(err, &refusal) || refusal.ErrorCode() < 500 {
		return false
	}
	// RFC 4954, section 6, and RFC 3207.
	if slices.Contains([]int{530, 534, 535, 538}, refusal.ErrorCode()) {
		return false
	}
	return slices.Contains([]gomail.SendErrReason{gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose}, refusal.Reason)
}

// explain says which setting is meant where the library can't know it.
func (s server) explain(err error) error {
	var untrusted *tls.CertificateVerificationError
	switch {
	case s.user && strings.Contains(err.Error(), "does not support STARTTLS"):
		return fmt.Errorf("SMTP_URL has a password, which only goes over TLS: %w", err)
	case errors.As(err, &untrusted):
		return fmt.Errorf("its certificate is not trusted for the name in SMTP_URL: %w", err)
	}
	return err
}
