package notifications

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"makegood/events"
)

// smtpTimeout bounds connecting, greeting and sending each. A server may take
// its time over a mail's last line, and who does not wait sends it twice.
const smtpTimeout = 30 * time.Second

// server is a mail server, as SMTP_URL names it.
type server struct {
	host string
	opts []gomail.Option
}

// parseServer reads smtp://[user:password@]host:port, which uses STARTTLS if
// that is offered, or smtps://. Its error does not repeat the password.
func parseServer(text string) (server, error) {
	bad := func(why string) (server, error) {
		return server{}, fmt.Errorf("SMTP_URL must look like smtp://[user:password@]host:port or smtps://[user:password@]host:port: %s", why)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return bad("it is no URL")
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return bad(fmt.Sprintf("the scheme is %q", u.Scheme))
	case u.Hostname() == "":
		return bad("the host is missing")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return bad("nothing may follow the port")
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil || port < 1 || port > 65535 {
		return bad("the port must be a number from 1 to 65535")
	}
	s := server{host: u.Hostname(), opts: []gomail.Option{
		gomail.WithPort(port), gomail.WithTimeout(smtpTimeout), gomail.WithoutNoop(),
	}}
	if u.Scheme == "smtps" {
		s.opts = append(s.opts, gomail.WithSSL())
	} else {
		s.opts = append(s.opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		s.opts = append(s.opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return s, nil
}

// parseFrom reads MAIL_FROM.
func parseFrom(text string) (*mail.Address, error) {
	from, err := mail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("MAIL_FROM must be an address such as Shop <orders@shop.example>, not %q", text)
	}
	return from, nil
}

// send hands the mail over. What the server refuses for good (5xx) is
// permanent. Once it has accepted the mail (250) nothing else counts: a server
// that then hangs up without a goodbye has the mail all the same.
func (s server) send(ctx context.Context, m *gomail.Msg) error {
	client, err := gomail.NewClient(s.host, s.opts...)
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, m)
	if err == nil || m.IsDelivered() {
		return nil
	}
	err = fmt.Errorf("send mail: %w", err)
	var refusal *gomail.SendError
	if errors.As(err, &refusal) && refusal.ErrorCode() >= 500 {
		return events.Permanent(err)
	}
	return err
}
