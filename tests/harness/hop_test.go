package harness_test

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"makegood/servers"
	"makegood/tests/harness"
)

func TestLinkLosesReplies(t *testing.T) {
	t.Parallel()
	server, err := servers.Redis(t.Context(), servers.Options{Dir: t.TempDir(), Durable: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	direct := redisClient(t, server.Address, -1)

	t.Run("of the request that holds the text, once it took effect", func(t *testing.T) {
		l := harness.NewLink(t, "redis", server.Address)
		client := redisClient(t, l.Address, -1)
		l.SwallowReplyTo("wanted", 1)
		require.EqualValues(t, 1, client.Incr(t.Context(), "other").Val())
		require.ErrorIs(t, client.Incr(t.Context(), "wanted").Err(), io.EOF)
		require.Equal(t, "1", direct.Get(t.Context(), "wanted").Val(), "it took effect")
		require.Equal(t, 1, l.Swallowed())
		require.EqualValues(t, 2, client.Incr(t.Context(), "wanted").Val(), "only one was to vanish")
	})
	t.Run("of each attempt that a client makes", func(t *testing.T) {
		l := harness.NewLink(t, "redis", server.Address)
		client := redisClient(t, l.Address, 3)
		l.SwallowReplyTo("patient", 2)
		require.EqualValues(t, 3, client.Incr(t.Context(), "patient").Val(), "its third attempt")
		require.Equal(t, 2, l.Swallowed())
	})
	t.Run("until it is mended", func(t *testing.T) {
		l := harness.NewLink(t, "redis", server.Address)
		client := redisClient(t, l.Address, -1)
		l.SwallowReplyTo("mended", 5)
		require.Error(t, client.Incr(t.Context(), "mended").Err())
		l.Mend(t.Context())
		require.EqualValues(t, 2, client.Incr(t.Context(), "mended").Val())
	})
	t.Run("of a text that comes in two pieces, and not of one that two requests hold together", func(t *testing.T) {
		l := harness.NewLink(t, "redis", server.Address)
		l.SwallowReplyTo("halves", 1)
		conn := dial(t, l)
		for _, piece := range []string{"PING hal\r\n", "PING ves\r\n"} {
			require.NoError(t, answeredWith(conn, piece, "$3\r\n"+piece[5:]))
		}
		require.NoError(t, answeredWith(conn, "PING hal", ""))
		require.ErrorIs(t, answeredWith(conn, "ves\r\n", "$6\r\nhalves\r\n"), io.EOF)
	})
	t.Run("of any request", func(t *testing.T) {
		l := harness.NewLink(t, "redis", server.Address)
		conn := dial(t, l)
		l.SwallowReplies(1)
		require.ErrorIs(t, answeredWith(conn, "PING\r\n", "+PONG\r\n"), io.EOF)
		require.NoError(t, answeredWith(dial(t, l), "PING\r\n", "+PONG\r\n"))
	})
}

func TestLinkSlowsReplies(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 2)
	l := harness.NewLink(t, "echo", echo(t, heard))
	conn := dial(t, l)
	require.NoError(t, l.Slow(short/2))
	began := time.Now()
	require.NoError(t, say(conn, "late"))
	require.GreaterOrEqual(t, time.Since(began), short/2)
	l.Mend(t.Context())
	began = time.Now()
	require.NoError(t, say(conn, "soon"))
	require.Less(t, time.Since(began), short/2)
}

func redisClient(t *testing.T, address string, retries int) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: address, MaxRetries: retries, DisableIdentity: true})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// answeredWith writes the request and reads as much as the answer is long.
func answeredWith(conn net.Conn, request, answer string) error {
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	if answer == "" {
		return nil
	}
	if err := conn.SetReadDeadline(time.Now().Add(10 * short)); err != nil {
		return err
	}
	got := make([]byte, len(answer))
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	if string(got) != answer {
		return fmt.Errorf("%q is answered with %q", request, got)
	}
	return nil
}
