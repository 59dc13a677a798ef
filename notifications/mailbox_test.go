package notifications_test

import (
	"crypto/tls"
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

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
)

// mailbox is a real SMTP server that answers as told.
type mailbox struct {
	onMail, onRcpt, onData error
	hangUp                 bool // right after it accepted a mail
	complain               bool // about every command after it accepted a mail
	tls                    *tls.Config
	implicitTLS            bool     // from the first byte on; else STARTTLS, if there is tls
	mechanisms             []string // to log in with
	refuseLogin            error

	address string

	mu       sync.Mutex
	accepted []received
	logins   []string // mechanism, user, password, and whether it was over TLS
}

type received struct {
	rcpt            []string
	tls             bool
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
	server.AllowInsecureAuth = true // whether the client dares is what is tested
	server.TLSConfig = b.tls
	if b.implicitTLS {
		l = tls.NewListener(l, b.tls)
	}
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

// as is its address under another name for this machine.
func (b *mailbox) as(schemeAndHost string) string {
	return schemeAndHost + b.address[strings.LastIndexByte(b.address, ':'):]
}

// overTLS tells of each mail whether it came that way.
func (b *mailbox) overTLS() []bool {
	var all []bool
	for _, m := range b.mails() {
		all = append(all, m.tls)
	}
	return all
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
	_, got.tls = s.conn.TLSConnectionState()
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

func (s *session) AuthMechanisms() []string { return s.box.mechanisms }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	login := func(user, password string) error {
		_, secure := s.conn.TLSConnectionState()
		s.box.mu.Lock()
		defer s.box.mu.Unlock()
		s.box.logins = append(s.box.logins, fmt.Sprintf("%s %s %s tls=%t", mechanism, user, password, secure))
		return s.box.refuseLogin
	}
	if mechanism == "LOGIN" {
		return &loginServer{login: login}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return login(user, password) }), nil
}

// loginServer asks for user and password one after the other.
type loginServer struct {
	login func(user, password string) error
	asked int
	user  string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.login(l.user, string(response))
	}
}

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
