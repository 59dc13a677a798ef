package notifications_test

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// silence is the answer of a server that is frozen.
const silence = ""

// script is an SMTP server that answers each command as its lines have it,
// else well. The greeting is its answer to CONNECT, the end of a mail's text
// that to ".".
type script struct {
	lines   map[string]string
	address string

	mu    sync.Mutex
	heard []string
	open  int
	gone  sync.WaitGroup
}

func play(t *testing.T, lines map[string]string) *script {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &script{address: l.Addr().String(), lines: map[string]string{
		"CONNECT": "220 mail.test", "EHLO": "250-mail.test\r\n250 8BITMIME", "MAIL": "250 well", "RCPT": "250 well",
		"DATA": "354 go on", ".": "250 taken", "QUIT": "221 bye", "RSET": "250 well", "NOOP": "250 well", "else": "502 unknown",
	}}
	for command, answer := range lines {
		s.lines[command] = answer
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.gone.Go(func() { s.serve(conn) })
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		s.gone.Wait() // whoever connected has hung up
	})
	return s
}

func (s *script) serve(conn net.Conn) {
	s.add(1)
	defer s.add(-1)
	defer func() { _ = conn.Close() }()
	answer := func(command string) bool {
		text, known := s.lines[command]
		if !known {
			text = s.lines["else"]
		}
		if text != silence {
			_, _ = conn.Write([]byte(text + "\r\n"))
		}
		return strings.HasPrefix(text, "354")
	}
	answer("CONNECT")
	inText := false
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		command, _, _ := strings.Cut(lines.Text(), " ")
		if inText && command != "." {
			continue
		}
		s.mu.Lock()
		s.heard = append(s.heard, lines.Text())
		s.mu.Unlock()
		inText = answer(command)
	}
}

func (s *script) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open += n
}

// connections are those that nobody has closed.
func (s *script) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

func (s *script) transcript() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.heard, "\n")
}
