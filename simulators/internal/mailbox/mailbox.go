// Package mailbox takes in mail over SMTP, delivers it to nobody, and shows it:
// a page to read and JSON for tools. It keeps every copy that it took.
package mailbox

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"makegood/simulators/internal/ledger"
)

const (
	mails   = "mails"
	mailsTo = "mails_to" // recipient, mail id → mail id
	opened  = "opened"   // recipient → true
)

// Mailbox is an SMTP server with one mailbox for every address.
type Mailbox struct {
	ledger *ledger.Ledger
	smtp   *smtp.Server
	log    *slog.Logger
	mux    *http.ServeMux

	mu       sync.Mutex
	listener net.Listener
	closed   bool
}

// Open opens the ledger file.
func Open(file string, log *slog.Logger) (*Mailbox, error) {
	book, err := ledger.Open(file, mails, mailsTo, opened)
	if err != nil {
		return nil, err
	}
	m := &Mailbox{ledger: book, log: log, mux: http.NewServeMux()}
	m.smtp = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{mailbox: m}, nil }))
	m.smtp.Domain = "mailbox.invalid"
	m.smtp.ReadTimeout, m.smtp.WriteTimeout = time.Minute, time.Minute
	m.smtp.MaxMessageBytes, m.smtp.MaxRecipients = 10<<20, 100
	m.smtp.EnableSMTPUTF8 = true
	m.smtp.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	m.mux.HandleFunc("GET /messages", m.list)
	m.mux.HandleFunc("GET /messages/{id}", m.get)
	m.mux.HandleFunc("DELETE /refusals/{recipient}", m.endRefusal)
	m.mux.HandleFunc("GET /{$}", m.listPage)
	m.mux.HandleFunc("GET /{id}", m.getPage)
	m.mux.HandleFunc("GET /messages/{id}/html", m.getHTML)
	return m, nil
}

// Serve takes mail from the listener until Close, which may come first: the
// SMTP server alone would not know of the listener then.
func (m *Mailbox) Serve(listener net.Listener) error {
	m.mu.Lock()
	m.listener = listener
	closed := m.closed
	m.mu.Unlock()
	if closed {
		return listener.Close()
	}
	err := m.smtp.Serve(listener)
	if errors.Is(err, net.ErrClosed) || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// Close ends the SMTP server and its connections, and closes the ledger. A
// client that got no answer for its mail yet has to send it again.
func (m *Mailbox) Close() error {
	m.mu.Lock()
	m.closed = true
	if m.listener != nil {
		_ = m.listener.Close() // the SMTP server closes it again, and says so
	}
	m.mu.Unlock()
	err := m.smtp.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, m.ledger.Close())
}

func (m *Mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

// session is one SMTP connection.
type session struct {
	mailbox *Mailbox
	from    string
	to      []string
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	refused, err := s.mailbox.refuses(to)
	if err != nil {
		return err
	}
	if refused {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"}
	}
	s.to = append(s.to, to)
	return nil
}

// Data keeps the mail before the server says that it was accepted.
func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read mail: %w", err)
	}
	mail := Parse(text)
	mail.From, mail.To, mail.ReceivedAt = s.from, s.to, time.Now().UTC()
	if err := s.mailbox.keep(mail); err != nil {
		s.mailbox.log.Error("mailbox", "error", err)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "The mail could not be kept"}
	}
	return nil
}

func (m *Mailbox) keep(mail Mail) error {
	return m.ledger.Update(func(tx *ledger.Tx) (err error) {
		if mail.ID, err = tx.NewID(mails, "mail_"); err != nil {
			return err
		}
		for _, to := range mail.To {
			if err := tx.Put(mailsTo, to+"\x00"+mail.ID, mail.ID); err != nil {
				return err
			}
		}
		return tx.Put(mails, mail.ID, mail)
	})
}
