package notifications_test

import (
	"context"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"makegood/events"
	"makegood/notifications"
	"makegood/order"
)

// remote is this machine by a name that does not say so.
const remote = "[::ffff:127.0.0.1]"

func TestCredentialsGoOverTLS(t *testing.T) {
	ca := newAuthority(t)
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		for _, scheme := range []string{"smtp", "smtps"} {
			t.Run(mechanism+" over "+scheme, func(t *testing.T) {
				box := (&mailbox{tls: ca.server(t, "127.0.0.1"), implicitTLS: scheme == "smtps", mechanisms: []string{mechanism}}).start(t)
				require.NoError(t, mailTo(t, box.as(scheme+"://ada:hunter2@"+remote), ca.roots))
				require.Len(t, box.mails(), 1)
				require.Equal(t, []string{mechanism + " ada hunter2 tls=true"}, box.logins)
			})
		}
	}
	t.Run("or not at all", func(t *testing.T) {
		box := (&mailbox{mechanisms: []string{"PLAIN", "LOGIN"}}).start(t)
		err := mailTo(t, box.as("smtp://ada:hunter2@"+remote), nil)
		require.ErrorContains(t, err, "SMTP_URL has a password, which only goes over TLS")
		require.False(t, events.IsPermanent(err))
		require.NotContains(t, err.Error(), "hunter2")
		require.Empty(t, box.logins)
		require.Empty(t, box.mails())
	})
	t.Run("but for a server on this machine", func(t *testing.T) {
		box := (&mailbox{mechanisms: []string{"PLAIN"}}).start(t)
		require.NoError(t, mailTo(t, box.as("smtp://ada:hunter2@127.0.0.1"), nil))
		require.Equal(t, []string{"PLAIN ada hunter2 tls=false"}, box.logins)
	})
}

func TestSTARTTLSIsUsedWhereItIsOffered(t *testing.T) {
	ca := newAuthority(t)
	box := (&mailbox{tls: ca.server(t, "127.0.0.1")}).start(t)
	require.NoError(t, mailTo(t, box.as("smtp://127.0.0.1"), ca.roots))
	require.Equal(t, []bool{true}, box.overTLS())
}

func TestAServerMustShowThatItIsTheOne(t *testing.T) {
	ca := newAuthority(t)
	for name, c := range map[string]struct {
		certified string
		roots     *x509.CertPool
	}{
		"a certificate of nobody we know": {"127.0.0.1", nil},
		"a certificate of another server": {"mail.example", ca.roots},
	} {
		for _, scheme := range []string{"smtp", "smtps"} {
			t.Run(name+" over "+scheme, func(t *testing.T) {
				box := (&mailbox{tls: ca.server(t, c.certified), implicitTLS: scheme == "smtps", mechanisms: []string{"PLAIN"}}).start(t)
				err := mailTo(t, box.as(scheme+"://ada:hunter2@127.0.0.1"), c.roots)
				require.ErrorContains(t, err, "its certificate is not trusted for the name in SMTP_URL")
				require.False(t, events.IsPermanent(err))
				require.Empty(t, box.logins)
				require.Empty(t, box.mails())
			})
		}
	}
}

// A setting that is wrong is no fault of the mail's: it is tried again, and
// goes out when the setting is right.
func TestTheServersAnswerDecidesWhetherToTryAgain(t *testing.T) {
	reply := func(code int) error { return &smtp.SMTPError{Code: code, Message: "as told"} }
	ca := newAuthority(t)
	for name, c := range map[string]struct {
		mailbox   *mailbox
		fails     bool
		permanent bool
	}{
		"a server that is busy is asked again":                     {&mailbox{onMail: reply(451)}, true, false},
		"a server that goes away is asked again":                   {&mailbox{onRcpt: reply(421)}, true, false},
		"a full mailbox is tried again":                            {&mailbox{onRcpt: reply(452)}, true, false},
		"an unknown recipient is permanent":                        {&mailbox{onRcpt: reply(550)}, true, true},
		"a refused mail is permanent":                              {&mailbox{onData: reply(554)}, true, true},
		"a mail that the server could not store is tried again":    {&mailbox{onData: reply(451)}, true, false},
		"a refused sender is MAIL_FROM's fault":                    {&mailbox{onMail: reply(553)}, true, false},
		"a server that wants a login is SMTP_URL's fault":          {&mailbox{onRcpt: reply(530)}, true, false},
		"a refused login is SMTP_URL's fault":                      {&mailbox{tls: ca.server(t, "127.0.0.1"), mechanisms: []string{"PLAIN"}, refuseLogin: reply(535)}, true, false},
		"a server that accepts the mail and hangs up has it":       {&mailbox{hangUp: true}, false, false},
		"a server that accepts the mail and then complains has it": {&mailbox{complain: true}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			box := c.mailbox.start(t)
			user := ""
			if box.refuseLogin != nil {
				user = "ada:hunter2@"
			}
			err := mailTo(t, box.as("smtp://"+user+"127.0.0.1"), ca.roots)
			require.Equal(t, c.fails, err != nil, "%v", err)
			require.Equal(t, c.permanent, events.IsPermanent(err), "%v", err)
			require.Equal(t, !c.fails, len(box.mails()) == 1)
		})
	}
}

func TestAServerThatTurnsUsAwayIsTriedAgain(t *testing.T) {
	for name, lines := range map[string]map[string]string{
		"at the door":              {"CONNECT": "554 no service here"},
		"at the door, for now":     {"CONNECT": "421 too many"},
		"at the greeting":          {"EHLO": "550 who are you", "HELO": "550 who are you"},
		"at STARTTLS":              {"EHLO": "250-mail.test\r\n250 STARTTLS", "STARTTLS": "554 no TLS today"},
		"at MAIL, and hangs up":    {"MAIL": "421 shutting down"},
		"with words that are none": {"CONNECT": "hello"},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, lines)
			err := mailTo(t, "smtp://"+s.address, nil)
			require.Error(t, err)
			require.False(t, events.IsPermanent(err), "%v", err)
			require.Eventually(t, func() bool { return s.connections() == 0 }, 10*time.Second, time.Millisecond, "a connection is left open")
		})
	}
}

func TestAServerThatIsAwayIsTriedAgain(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	err = mailTo(t, "smtp://"+l.Addr().String(), nil)
	require.Error(t, err)
	require.False(t, events.IsPermanent(err))
}

// A frozen server's kernel still accepts connections.
func TestAFrozenServerHoldsNobodyUpForLongerThanTheDeadline(t *testing.T) {
	for _, stage := range []string{"CONNECT", "EHLO", "STARTTLS", "MAIL", "RCPT", "DATA", "."} {
		t.Run(stage, func(t *testing.T) {
			lines := map[string]string{stage: silence}
			if stage == "STARTTLS" {
				lines["EHLO"] = "250-mail.test\r\n250 STARTTLS"
			}
			s := play(t, lines)
			sub := mailer(t, "smtp://"+s.address, nil)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			began := time.Now()
			err := sub.Handler(ctx, eventOf(t, shipped, order.EventCompleted))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.False(t, events.IsPermanent(err))
			require.Less(t, time.Since(began), 5*time.Second)
		})
	}
	t.Run("a TLS handshake", func(t *testing.T) {
		s := play(t, map[string]string{"CONNECT": silence, "else": silence})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(200*time.Millisecond, cancel)
		began := time.Now()
		err := mailer(t, "smtps://"+s.address, nil).Handler(ctx, eventOf(t, shipped, order.EventCompleted))
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, time.Since(began), 5*time.Second)
	})
}

// thawed is a context that has ended by the clock before anybody has heard of it.
type thawed struct {
	context.Context
	ended func() bool
}

func (c thawed) Err() error {
	if c.ended() {
		return context.Canceled
	}
	return nil
}

// A process that was frozen finds the server's go-ahead before its timers end
// the context.
func TestNothingIsSentOnceTheContextHasEnded(t *testing.T) {
	for last, next := range map[string]string{"MAIL": "RCPT", "RCPT": "DATA", "DATA": "."} {
		t.Run("after "+last, func(t *testing.T) {
			s := play(t, nil)
			ended := func() bool { return strings.Contains(s.transcript(), last) }
			err := mailer(t, "smtp://"+s.address, nil).Handler(thawed{t.Context(), ended}, eventOf(t, shipped, order.EventCompleted))
			require.ErrorIs(t, err, context.Canceled)
			require.False(t, events.IsPermanent(err))
			require.Eventually(t, func() bool { return s.connections() == 0 }, 10*time.Second, time.Millisecond)
			require.NotContains(t, s.transcript(), "\n"+next)
		})
	}
}

// Until the handler returns, the inbox has no mark, and a crash repeats the
// mail.
func TestAServerThatFreezesWithTheMailHasIt(t *testing.T) {
	s := play(t, map[string]string{"QUIT": silence, "RSET": silence, "NOOP": silence})
	began := time.Now()
	require.NoError(t, mailTo(t, "smtp://"+s.address, nil))
	require.Less(t, time.Since(began), 5*time.Second, "the goodbye of a server is not waited for")
	require.True(t, strings.HasSuffix(s.transcript(), ".\nQUIT"), s.transcript())
}

func mailer(t *testing.T, url string, roots *x509.CertPool) events.Subscription {
	t.Helper()
	sub, err := notifications.NewEmail(notifications.EmailConfig{SMTPURL: url, From: "Mugs & More <orders@shop.example>", Roots: roots})
	require.NoError(t, err)
	return sub
}

// mailTo sends one mail, within a time that a deadlock exceeds.
func mailTo(t *testing.T, url string, roots *x509.CertPool) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return mailer(t, url, roots).Handler(ctx, eventOf(t, shipped, order.EventCompleted))
}
