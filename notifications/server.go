package notifications

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"

	gomail "github.com/wneessen/go-mail"
)

// server is a mail server, as SMTP_URL names it.
type server struct {
	host        string
	address     string
	implicitTLS bool // from the first byte on; else STARTTLS
	user        bool // it is told a name and a password
	trust       *tls.Config
	opts        []gomail.Option
}

// parseServer reads smtp://[user:password@]host:port, which uses STARTTLS if
// that is offered, or smtps://. With a password, which must not be read on the
// way, smtp:// insists on STARTTLS, but for a server on this machine.
// No roots mean the system's. Its error does not repeat the password.
func parseServer(text string, roots *x509.CertPool) (server, error) {
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
	s := server{
		host: u.Hostname(), address: net.JoinHostPort(u.Hostname(), u.Port()), implicitTLS: u.Scheme == "smtps", user: u.User != nil,
		trust: &tls.Config{ServerName: u.Hostname(), RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
	policy := gomail.TLSOpportunistic
	switch {
	case s.implicitTLS:
		policy = gomail.NoTLS // no STARTTLS inside of it
	case s.user && !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, s.host):
		policy = gomail.TLSMandatory
	}
	s.opts = []gomail.Option{
		gomail.WithPort(port), gomail.WithTimeout(smtpTimeout), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(s.trust),
		// What the server says after it has the mail is of no interest.
		gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	if s.user {
		password, _ := u.User.Password()
		s.opts = append(s.opts, gomail.WithUsername(u.User.Username()), gomail.WithPassword(password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
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
