package harness_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"makegood/order"
	"makegood/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// short is long enough for what must happen on this machine, and what a test
// waits to see that something doesn't.
const short = 300 * time.Millisecond

func TestLink(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 10)
	server := echo(t, heard)

	t.Run("cut, it ends the connections there are and those that are made", func(t *testing.T) {
		l := harness.NewLink(t, "echo", server)
		conn := dial(t, l)
		require.NoError(t, say(conn, "one"))
		require.Equal(t, "one", <-heard)
		l.Cut()
		require.ErrorIs(t, answered(conn, ""), io.EOF)
		require.ErrorIs(t, answered(dial(t, l), ""), io.EOF)
		l.Mend(t.Context())
		require.NoError(t, say(dial(t, l), "three"))
		require.Equal(t, "three", <-heard)
	})
	t.Run("stalled, it keeps what is said until it is mended", func(t *testing.T) {
		l := harness.NewLink(t, "echo", server)
		conn := dial(t, l)
		l.Stall()
		require.ErrorIs(t, say(conn, "four"), os.ErrDeadlineExceeded)
		require.Empty(t, heard)
		l.Mend(t.Context())
		require.NoError(t, answered(conn, "four"))
		require.Equal(t, "four", <-heard)
	})
	t.Run("holding replies, it lets what is said take effect", func(t *testing.T) {
		l := harness.NewLink(t, "echo", server)
		conn := dial(t, l)
		l.HoldReplies()
		require.ErrorIs(t, say(conn, "five"), os.ErrDeadlineExceeded)
		require.Equal(t, "five", <-heard)
		l.Mend(t.Context())
		require.NoError(t, answered(conn, "five"))
	})
	t.Run("mended after those who waited have died, it serves others", func(t *testing.T) {
		l := harness.NewLink(t, "echo", server)
		l.HoldReplies()
		for range 5 {
			conn := dial(t, l)
			require.ErrorIs(t, say(conn, "six"), os.ErrDeadlineExceeded)
			require.ErrorIs(t, say(conn, "six"), os.ErrDeadlineExceeded)
			require.NoError(t, conn.(*net.TCPConn).SetLinger(0)) // as if it was killed
			require.NoError(t, conn.Close())
			require.Equal(t, "six", <-heard)
			require.Equal(t, "six", <-heard)
		}
		mended := make(chan struct{})
		go func() {
			defer close(mended)
			l.Mend(t.Context())
		}()
		select {
		case <-mended:
		case <-time.After(10 * short):
			t.Fatal("it can't be mended")
		}
		require.NoError(t, say(dial(t, l), "seven"))
		require.Equal(t, "seven", <-heard)
	})
}

func TestRolesAreProcesses(t *testing.T) {
	t.Parallel()
	s := harness.New(t, harness.Apart())
	ready := func() error {
		_, err := s.Gateway.Readiness(t.Context())
		return err
	}

	require.NoError(t, s.Gateway.Freeze())
	require.Error(t, ready(), "a frozen role answers nothing")
	require.NoError(t, s.Gateway.Thaw())
	harness.Eventually(t, func(context.Context) error { return ready() })

	require.NoError(t, s.Gateway.Kill())
	require.Error(t, ready())
	require.NoError(t, s.Gateway.Kill(), "dead already")
	require.NoError(t, s.Gateway.Restart(t.Context()), "on the same port")
	require.NoError(t, ready())

	second := s.AddWorker(t)
	require.NoError(t, second.Start(t.Context()))
	require.NoError(t, s.Worker.Stop(), "gracefully")
	_, err := s.API.SetStock(t.Context(), "MUG-BLUE", 2, "", "")
	require.NoError(t, err)
	placed, err := s.API.Place(t.Context(), harness.Sample(), "", 10*time.Second)
	require.NoError(t, err)
	require.Equal(t, order.Completed, s.Final(t, placed.ID).Status, "the other worker took it")
	s.Heard.Until(t, placed.ID, order.EventCompleted)
	require.NoError(t, second.Stop())

	// The ledgers outlive the simulators.
	before, err := s.Books(t.Context())
	require.NoError(t, err)
	require.Len(t, before.Of(placed.ID).Parcels, 1)
	require.NoError(t, s.Simulators.Restart(t.Context()))
	after, err := s.Books(t.Context())
	require.NoError(t, err)
	require.Equal(t, before.Intents, after.Intents)
	require.Equal(t, before.Parcels, after.Parcels)
}

func TestAwaitTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	err := harness.Await(t.Context(), short, func(context.Context) error { return errors.New("2 of 3 mails came") })
	require.EqualError(t, err, "still not after 300ms: 2 of 3 mails came")
}

// echo answers every line with itself, and tells that it heard it.
func echo(t *testing.T, heard chan<- string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					heard <- lines.Text()
					fmt.Fprintln(conn, lines.Text())
				}
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, l *harness.Link) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.Address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func say(conn net.Conn, word string) error {
	if _, err := fmt.Fprintln(conn, word); err != nil {
		return err
	}
	return answered(conn, word)
}

func answered(conn net.Conn, word string) error {
	if err := conn.SetReadDeadline(time.Now().Add(short)); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && strings.TrimSpace(line) != word {
		err = fmt.Errorf("%q is the answer to %q", line, word)
	}
	return err
}
