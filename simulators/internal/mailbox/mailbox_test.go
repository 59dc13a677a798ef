package mailbox_test

import (
	"log/slog"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"makegood/simulators/internal/mailbox"
)

func TestAMailboxThatWasClosedTakesNoListener(t *testing.T) {
	m, err := mailbox.Open(filepath.Join(t.TempDir(), "mails.db"), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, m.Close())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, m.Serve(listener))
	_, err = net.Dial("tcp", listener.Addr().String())
	require.Error(t, err)
}
